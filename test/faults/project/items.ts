import { text, type TransformTools } from "@millrace/sdk";
import { z } from "zod";

/** The file is chosen where the operator is launched; of one with partitions there is one for each. */
export const config = z.object({ file: z.string() });

/** The file of a partition, whose key stands in its name. */
export function fileOf(file: string, { key }: { readonly key: string }): string {
  return file.replace("{partition}", key);
}

/** Small chunks: there is more between them that can go wrong. */
export const chunks = { maxRows: 40 };

/** Short ones: what is waited for longer than that is to happen often. */
export const timeouts = { lockMs: 1000, statementMs: 2000, idleMs: 1000 };

export const item = z.object({
  id: text.integer(),
  day: text.date(),
  amount: text.decimal().nullable(),
  note: z.string().nullable(),
});

type Item = z.output<typeof item>;

/** Leaves out what is to be skipped, and rejects what is bad. */
export function chooseItem(given: Item, { reject }: TransformTools) {
  if (given.note === "skip") return null;
  return given.note === "bad" ? reject("a bad item", { field: "note" }) : given;
}
