import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tableName, targetColumns } from "../load/postgres/target-columns.ts";
import type { LoadStrategy } from "../load/strategy.ts";
import { configJsonSchema } from "./config.ts";
import { describeLineage, type ManifestLineage } from "./lineage.ts";
import type { Operator } from "./operator.ts";
import type { Partitions } from "./partitions/partitions.ts";
import { loadOperators, type ProjectOperator } from "./project.ts";
import type { Scheduling } from "./scheduling.ts";

/** What a scheduler needs to know of a project to make its assets or tasks; version 1. */
export interface Manifest {
  readonly manifestVersion: 1;
  readonly sdkVersion: string;
  readonly operators: readonly ManifestOperator[];
}

export interface ManifestOperator extends Scheduling {
  readonly name: string;
  readonly assetKey: readonly string[];
  readonly description: string | null;
  readonly group: string | null;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  /** From the project's folder. */
  readonly file: string;
  /** Changes with the operator's file, or its declaration. */
  readonly codeVersion: string;
  readonly partitions: Partitions | null;
  readonly dependsOn: readonly string[];
  /** JSON Schema of what may be passed as config. */
  readonly configSchema: unknown;
  readonly checks: readonly { readonly name: string; readonly description: string; readonly blocking: boolean }[];
  /** The first of its tables; null where it loads nothing. */
  readonly target: {
    readonly table: string;
    readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  } | null;
  /** Of the target's columns, as far as it is known. */
  readonly lineage: readonly ManifestLineage[];
  readonly load: { readonly strategy: LoadStrategy["strategy"] } | null;
}

/** Describes all operators of a project. Raises what `loadOperators` raises. */
export async function createManifest(projectDir: string): Promise<Manifest> {
  const operators = await loadOperators(projectDir);
  const project = [...operators.values()].map(({ operator }) => operator);
  return {
    manifestVersion: 1,
    sdkVersion: await sdkVersion(),
    operators: await Promise.all(
      [...operators.values()].map((operator) => describeOperator(projectDir, operator, project)),
    ),
  };
}

/** Describes one operator of a project with these operators. */
export async function describeOperator(
  projectDir: string,
  { operator, file, content }: ProjectOperator,
  project: readonly Operator[] = [],
): Promise<ManifestOperator> {
  const { name, description, group, owners, tags, partitions, dependsOn, checks, targets } = operator;
  const [target] = targets;
  const source = content ?? (await readFile(join(projectDir, file)));
  return {
    name,
    assetKey: [name],
    description,
    group,
    kinds: target === undefined ? ["typescript"] : ["typescript", "postgres"],
    owners,
    tags,
    file,
    codeVersion: createHash("sha256").update(source).digest("hex").slice(0, 16),
    partitions: partitions ?? null,
    dependsOn,
    configSchema: configJsonSchema(operator),
    checks: checks.map((check) => ({
      name: check.name,
      description: check.description,
      blocking: check.severity === "error",
    })),
    target:
      target === undefined
        ? null
        : {
            table: tableName(target.table),
            columns: targetColumns(target.table).map((column) => ({
              name: column.name,
              type: column.sqlType,
              nullable: !column.notNull,
            })),
          },
    lineage: describeLineage(operator, project),
    load: target === undefined ? null : { strategy: target.load.strategy },
    ...operator.scheduling,
  };
}

async function sdkVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
