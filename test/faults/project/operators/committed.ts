import { append, defineOperator, target, upsert } from "@millrace/sdk";
import { readFile } from "node:fs/promises";
import { chunks, config, item, timeouts } from "../items.ts";
import { committed, committedLog } from "../tables.ts";

/** Does its work itself, a commit for as many records as others have in a chunk; each row goes into two tables. */
export default defineOperator({
  name: "committed",
  config,
  timeouts,
  targets: [target(committed, upsert({ key: committed.id })), target(committedLog, append())],
  run: async ({ config: { file }, checkpoint, resumes, commit, signal }) => {
    const [, ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
    const before = checkpoint as { readonly file: string; readonly taken: number } | null;
    const from = resumes && before?.file === file ? before.taken : 0;
    for (let at = from; at < lines.length; at += chunks.maxRows) {
      signal.throwIfAborted();
      const taken = lines.slice(at, at + chunks.maxRows);
      await commit(async (chunk) => {
        const rows: { readonly row: typeof committed.$inferInsert; readonly line: number }[] = [];
        for (const [index, text] of taken.entries()) {
          const line = at + index + 2;
          const position = { source: file, line, byteOffset: null };
          const [id, day, amount, note] = text.split(",");
          const { success, data } = item.safeParse({ id, day, amount, note });
          if (!success) chunk.reject({ reason: "no item", code: "SCHEMA", record: text, position });
          else if (data.note === "bad") chunk.reject({ reason: "a bad item", field: "note", record: text, position });
          else if (data.note === "skip") chunk.filter();
          else rows.push({ row: data, line });
        }
        const origin = (row: number) => ({
          record: rows[row]!.row,
          position: { source: file, line: rows[row]!.line, byteOffset: null },
        });
        for (const table of [committed, committedLog])
          await chunk.write(
            table,
            rows.map(({ row }) => row),
            { origin },
          );
        chunk.checkpoint({ file, taken: at + taken.length });
      });
    }
  },
});
