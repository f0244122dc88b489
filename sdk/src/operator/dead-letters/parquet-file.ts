import { randomUUID } from "node:crypto";
import { link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ParquetWriter } from "hyparquet-writer";
import { FatalError } from "../../errors/millrace-error.ts";

export interface ParquetColumn {
  readonly name: string;
  readonly type: "text" | "boolean" | "integer" | "moment";
  readonly required: boolean;
}

/** Values by column: text as string, booleans, integers and moments (microseconds since 1970) as bigint, nulls as null. */
export type ParquetRow = readonly (string | boolean | bigint | null)[];

/** A Parquet file that is written one row group after the other, and is there once it is complete. */
export interface ParquetFile extends AsyncDisposable {
  /** Writes the rows as one row group. */
  append(rows: readonly ParquetRow[]): Promise<void>;
  /** Gives the file its name, `NAME.parquet` or `NAME_2.parquet` where that is taken, and returns its path. */
  complete(name: string): Promise<string>;
}

/**
 * Begins a Parquet file in `directory`, which is made when missing; disposed of before it is complete, it leaves nothing.
 * Raises FatalError PARQUET_MISSING where the package hyparquet-writer is not installed, and what the file system raises.
 */
export async function createParquetFile(directory: string, columns: readonly ParquetColumn[]): Promise<ParquetFile> {
  const { ByteWriter, ParquetWriter: Writer } = await loadWriter();
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `.${randomUUID()}.parquet.partial`);
  const file = await open(temporary, "wx");
  const bytes = new ByteWriter();
  const flush = async () => {
    await file.writeFile(bytes.getBytes()); // at the file's end
    bytes.index = 0;
  };
  const parquet = new Writer({
    writer: Object.assign(bytes, { flush }),
    schema: schemaOf(columns),
    createdBy: "millrace",
  });
  return {
    append: async (rows) => await writeGroup(parquet, columns, rows),
    async complete(name) {
      await parquet.finish();
      await flush();
      await file.sync();
      return await linkFree(temporary, join(directory, name));
    },
    async [Symbol.asyncDispose]() {
      await file.close();
      await rm(temporary, { force: true });
    },
  };
}

async function loadWriter(): Promise<typeof import("hyparquet-writer")> {
  try {
    return await import("hyparquet-writer");
  } catch (cause) {
    throw new FatalError(
      "PARQUET_MISSING",
      "Writing Parquet takes the package hyparquet-writer, which is not installed",
      {
        fix: "Add it to the dependencies",
        cause,
      },
    );
  }
}

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const TYPES = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  boolean: { type: "BOOLEAN" },
  integer: { type: "INT64" },
  moment: {
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  },
} as const satisfies Record<ParquetColumn["type"], Partial<Schema[number]>>;

function schemaOf(columns: readonly ParquetColumn[]): Schema {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type, required }) => ({
      name,
      repetition_type: required ? ("REQUIRED" as const) : ("OPTIONAL" as const),
      ...TYPES[type],
    })),
  ];
}

async function writeGroup(
  parquet: ParquetWriter,
  columns: readonly ParquetColumn[],
  rows: readonly ParquetRow[],
): Promise<void> {
  const columnData = columns.map(({ name }, index) => ({ name, data: rows.map((row) => row[index] ?? null) }));
  await parquet.write({ columnData, rowGroupSize: rows.length });
}

/** A link, unlike a rename, overwrites nothing. */
async function linkFree(from: string, to: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = `${to}${number === 1 ? "" : `_${number}`}.parquet`;
    try {
      await link(from, path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
