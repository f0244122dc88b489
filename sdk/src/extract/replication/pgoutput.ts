/** A table as it is at this point of the log. */
export interface ReplicatedRelation {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** A column's value as text; `undefined` where the log has not got it, since it is long and did not change. */
export type LoggedValue = string | null | undefined;

/** What pgoutput tells (PostgreSQL documentation, 54.9), of version 1 of its protocol, as far as it matters here. */
export type LoggedMessage =
  /** `commit` is where its commit is logged. */
  | { readonly kind: "begin"; readonly commit: bigint; readonly at: string }
  /** `end` is behind the transaction. */
  | { readonly kind: "commit"; readonly end: bigint }
  | { readonly kind: "relation"; readonly relation: ReplicatedRelation }
  | {
      readonly kind: "insert" | "update" | "delete";
      readonly relation: number;
      /** Of the columns that the old row is told of; null where that is none. */
      readonly old: readonly LoggedValue[] | null;
      readonly new: readonly LoggedValue[] | null;
    }
  | { readonly kind: "truncate"; readonly relations: readonly number[] }
  | { readonly kind: "other" };

/** Decodes one message. Raises RangeError where it is cut off. */
export function decodeMessage(data: Buffer): LoggedMessage {
  const reader = new MessageReader(data);
  switch (reader.character()) {
    case "B":
      return { kind: "begin", commit: reader.int64(), at: moment(reader.int64()) };
    case "C":
      reader.skip(1 + 8);
      return { kind: "commit", end: reader.int64() };
    case "R":
      return { kind: "relation", relation: reader.relation() };
    case "I":
      return { kind: "insert", relation: reader.int32(), old: null, new: reader.newTuple() };
    case "U": {
      const relation = reader.int32();
      return { kind: "update", relation, old: reader.oldTuple(), new: reader.newTuple() };
    }
    case "D":
      return { kind: "delete", relation: reader.int32(), old: reader.oldTuple(), new: null };
    case "T": {
      const count = reader.int32();
      reader.skip(1);
      return { kind: "truncate", relations: Array.from({ length: count }, () => reader.int32()) };
    }
    default:
      return { kind: "other" };
  }
}

const NEW_TUPLE = 0x4e;
const UNIX_EPOCH_MS = Date.UTC(2000, 0, 1);

/** Microseconds since 2000 as an ISO string. */
function moment(microseconds: bigint): string {
  const iso = new Date(UNIX_EPOCH_MS + Number(microseconds / 1000n)).toISOString();
  return `${iso.slice(0, -1)}${String(microseconds % 1000n).padStart(3, "0")}Z`;
}

class MessageReader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  character(): string {
    this.#at += 1;
    return String.fromCharCode(this.#data.readUInt8(this.#at - 1));
  }

  int16(): number {
    this.#at += 2;
    return this.#data.readUInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#data.readUInt32BE(this.#at - 4);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#data.readBigInt64BE(this.#at - 8);
  }

  string(): string {
    const end = this.#data.indexOf(0, this.#at);
    const text = this.#data.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  relation(): ReplicatedRelation {
    const id = this.int32();
    const schema = this.string();
    const name = this.string();
    this.skip(1); // the replica identity: what is told of old rows shows it
    const columns = Array.from({ length: this.int16() }, () => {
      this.skip(1);
      const column = this.string();
      this.skip(4 + 4);
      return column;
    });
    return { id, schema: schema || "pg_catalog", name, columns };
  }

  oldTuple(): LoggedValue[] | null {
    if (this.#data.readUInt8(this.#at) === NEW_TUPLE) return null;
    // Of a key alone, the other columns come as null: they are not known.
    const isKey = this.character() === "K";
    return this.#tuple().map((value) => (isKey && value === null ? undefined : value));
  }

  newTuple(): LoggedValue[] {
    this.skip(1);
    return this.#tuple();
  }

  #tuple(): LoggedValue[] {
    return Array.from({ length: this.int16() }, () => {
      const mark = this.character();
      if (mark === "n") return null;
      if (mark === "u") return undefined;
      const length = this.int32();
      this.#at += length;
      return this.#data.toString("utf8", this.#at - length, this.#at);
    });
  }
}
