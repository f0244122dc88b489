import { drizzle } from "drizzle-orm/node-postgres";
import { FatalError } from "../../errors/millrace-error.ts";
import { metadata, type MetadataInput } from "../../host/pipes/metadata.ts";
import type { LoadConnection } from "../../load/postgres/connection.ts";
import { makeDry } from "../../load/postgres/dry/dry-client.ts";
import { keepSamples, keptSamples } from "../../load/postgres/dry/row-samples.ts";
import { quotedTable } from "../../load/postgres/target-columns.ts";
import type { StateDatabase } from "../../state/ledger.ts";
import type { Operator } from "../operator.ts";

/** A database of which nothing is kept: one transaction on one connection, rolled back in the end. */
export interface DryRun extends AsyncDisposable {
  readonly state: StateDatabase;
  readonly connect: () => Promise<LoadConnection>;
  /** The first rows that would be inserted, updated and deleted, and the first dead letters. */
  samples(): Promise<Record<string, MetadataInput>>;
}

/** Raises FatalError DRY_RUN_UNSUPPORTED where what the operator does can not be taken back. */
export async function openDryRun(operator: Operator, open: () => Promise<LoadConnection>): Promise<DryRun> {
  if (operator.targets.length === 0) {
    throw new FatalError("DRY_RUN_UNSUPPORTED", `"${operator.name}" does what no transaction can take back`, {
      fix: "Run it, or give it targets that it writes by `commit`",
    });
  }
  const connection = await open();
  const { client } = connection;
  await client.query("BEGIN");
  let sampled = true;
  for (const { table } of operator.targets) sampled &&= await keepSamples(client, quotedTable(table));
  makeDry(client);
  const lent: LoadConnection = { client, async [Symbol.asyncDispose]() {} };
  return {
    state: drizzle(client) as StateDatabase,
    connect: async () => lent,
    async samples() {
      const rows = sampled ? await keptSamples(client) : [];
      const { rows: letters } = await client.query<{ code: string; reason: string; record: string }>(
        "SELECT code, reason, record::text FROM millrace.dead_letters WHERE created_at = now() AND status = 'open' ORDER BY id LIMIT 5",
      );
      return {
        dry_run: true,
        ...(rows.length > 0 && { would_write: metadata.table(rows.map(({ operation, row }) => ({ operation, row }))) }),
        ...(letters.length > 0 && { would_reject: metadata.table(letters) }),
      };
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}
