import type { StandardSchemaV1 } from "@standard-schema/spec";
import { ChangeRecord } from "./change-record.ts";
import { TableRecord } from "./table-record.ts";

/**
 * What is done with text that its column can not hold: U+0000, halves of surrogate pairs, bytes that are no UTF-8, and more
 * characters than there is room for. `reject`: the record becomes a dead letter. `replace`: U+FFFD stands for each such
 * character or byte, and "…" for the end that has no room. `strip`: they are left out. Records that were changed are
 * counted as `repaired`.
 */
export type TextPolicy = "reject" | "replace" | "strip";

/** What a source makes of bytes that are no UTF-8: a malformed record, or text in which they are marked (see `escapedUtf8`). */
export type InvalidUtf8 = "malformed" | "escaped";

// eslint-disable-next-line no-control-regex -- U+0000 is what has to be found
const NOT_STORABLE = /[\0\p{Surrogate}]/gu;

/** Makes text such as its column can hold it. */
export class TextRepair {
  /** How many texts had to be changed so far. */
  repaired = 0;
  readonly #mark: string;
  readonly #end: string;

  constructor(policy: Exclude<TextPolicy, "reject">) {
    this.#mark = policy === "replace" ? "\ufffd" : "";
    this.#end = policy === "replace" ? "…" : "";
  }

  /** `maxLength` is in characters as PostgreSQL counts them. */
  repair(text: string, maxLength: number): string {
    let repaired = text.isWellFormed() && !text.includes("\0") ? text : text.replace(NOT_STORABLE, this.#mark);
    if (repaired.length > maxLength) {
      const characters = Array.from(repaired);
      if (characters.length > maxLength)
        repaired = characters.slice(0, maxLength - this.#end.length).join("") + this.#end;
    }
    if (repaired !== text) this.repaired += 1;
    return repaired;
  }
}

/** Null where nothing is to be changed. */
export function textRepair(policy: TextPolicy): TextRepair | null {
  return policy === "reject" ? null : new TextRepair(policy);
}

/** What a source is to make of bytes that are no UTF-8. */
export function invalidUtf8Under(policy: TextPolicy): InvalidUtf8 {
  return policy === "reject" ? "malformed" : "escaped";
}

/** A record's schema that leaves the length of its texts to the policy, where that says more than "reject". */
export function schemaUnder(policy: TextPolicy, schema: StandardSchemaV1 | undefined): StandardSchemaV1 | undefined {
  if (policy === "reject") return schema;
  return schema instanceof TableRecord || schema instanceof ChangeRecord ? schema.ofAnyLength() : schema;
}
