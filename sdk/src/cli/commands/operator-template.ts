/** The files of an operator that is added to a project. */

export function operatorFile(name: string): string {
  return `import { csv, defineOperator, text, upsert } from "@millrace/sdk";
import { z } from "zod";
import { ${name} } from "../tables.ts";

export default defineOperator({
  name: "${name}",
  config: z.object({ file: z.string().default("data/${name}.csv").describe("CSV file, from the project's folder") }),
  extract: ({ config }) => csv(config.file),
  record: z.object({ id: text.integer(), name: z.string().min(1) }),
  target: ${name},
  load: upsert({ key: ${name}.id }),
});
`;
}

export function dataFile(): string {
  return "id,name\n1,first\n2,second\n";
}

export function testFile(name: string): string {
  return `import { applyMigrations, runOperator, startPostgres } from "@millrace/sdk/testing";
import { equal } from "node:assert/strict";
import { after, before, test } from "node:test";
import operator from "../operators/${name.replaceAll("_", "-")}.ts";

let server: Awaited<ReturnType<typeof startPostgres>>;
before(async () => {
  server = await startPostgres();
});
after(() => server[Symbol.asyncDispose]());

test("${name} are loaded, and a second time nothing changes", async () => {
  const databaseUrl = await server.createDatabase("${name}");
  await applyMigrations(databaseUrl);
  const first = await runOperator(operator, { databaseUrl });
  equal(first.materializations[0]!.metadata["inserted"], 2);
  const second = await runOperator(operator, { databaseUrl });
  equal(second.materializations[0]!.metadata["unchanged"], 2);
});
`;
}

/** The project's tables with one more; what it takes from drizzle is imported beside what is there. */
export function tableCode(code: string, name: string): string {
  const needed = ["integer", "pgTable", "text"];
  const imported = /import \{([^}]*)\} from "drizzle-orm\/pg-core";\n/;
  const [whole, list = ""] = imported.exec(code) ?? [];
  const names = [...new Set([...list.split(",").map((each) => each.trim()), ...needed])].filter(Boolean).toSorted();
  const line = `import { ${names.join(", ")} } from "drizzle-orm/pg-core";\n`;
  const rest = whole === undefined ? code : code.replace(whole, "");
  return `${line}${rest.startsWith("\n") ? "" : "\n"}${rest.trimEnd()}${rest.trim() === "" ? "" : "\n\n"}export const ${name} = pgTable("${name}", {
  id: integer("id").primaryKey(),
  name: text("name").notNull(),
});
`;
}
