import { RecordError } from "../../../errors/millrace-error.ts";
import type { TargetColumn } from "../target-columns.ts";

type SequenceKind = "integer" | "decimal" | "lsn" | "text" | "moment";

const LSN = /^[\da-f]{1,8}\/[\da-f]{1,8}$/i;
const INTEGER = /^-?\d+$/;
const SAFE_DIGITS = 15;
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** How a sequence of this type is compared; undefined where it can not be. */
function sequenceKind(sqlType: string): SequenceKind | undefined {
  if (/^(small|big)?(int|integer|serial)$/.test(sqlType)) return "integer";
  if (/^numeric\b/.test(sqlType)) return "decimal";
  if (sqlType === "pg_lsn") return "lsn";
  if (/^(text$|varchar\b)/.test(sqlType)) return "text";
  if (/^(timestamp|date)\b/.test(sqlType)) return "moment";
  return undefined;
}

export function isSequenceType(sqlType: string): boolean {
  return sequenceKind(sqlType) !== undefined;
}

/** SQL for a sequence as a number: as text, `10/0` would come before `9/FF`. */
export function sequenceNumber({ sqlType }: TargetColumn, expression: string): string {
  const lsn = (text: string) => `(${text} - '0/0'::pg_lsn)`;
  switch (sequenceKind(sqlType)) {
    case "lsn":
      return lsn(expression);
    case "text":
      return `(CASE WHEN ${expression} LIKE '%/%' THEN ${lsn(`${expression}::pg_lsn`)} ELSE ${expression}::numeric END)`;
    case "moment":
      return `extract(epoch FROM ${expression})`;
    default:
      return expression;
  }
}

/** SQL for a change being newer than a row; a row without a sequence is older than any. */
export function isNewer(column: TargetColumn, change: string, row: string): string {
  return `(${sequenceNumber(column, change)} > ${sequenceNumber(column, row)}) IS NOT FALSE`;
}

/** A check that a value can be compared. Raises RecordError SEQUENCE. */
export function sequenceCheck({ key, sqlType }: TargetColumn): (value: unknown) => void {
  const kind = sequenceKind(sqlType);
  const fits = (text: string) =>
    kind === "lsn"
      ? LSN.test(text)
      : kind === "text"
        ? INTEGER.test(text) || LSN.test(text)
        : kind !== "decimal" || DECIMAL.test(text);
  return (value) => {
    if (
      typeof value === "string"
        ? fits(value)
        : typeof value !== "number" || kind !== "integer" || Number.isSafeInteger(value)
    )
      return;
    throw new RecordError(
      "SEQUENCE",
      `"${key}" is ${String(value)}, which can not be compared as a sequence of type ${sqlType}`,
      { field: key },
    );
  };
}

/** Whether bytes that are a value of the column pass `sequenceCheck`; false also where their text had better be asked. */
export function plainSequence({ sqlType }: TargetColumn): (data: Buffer, start: number, end: number) => boolean {
  const kind = sequenceKind(sqlType);
  if (kind === "integer" || kind === "moment") return () => true;
  const isLsn = (data: Buffer, start: number, end: number) => LSN.test(data.toString("latin1", start, end));
  if (kind === "lsn") return isLsn;
  return (...at) => shortNumber(...at) !== undefined || (kind === "text" && isLsn(...at));
}

/** Makes numbers of encoded sequences, undefined of one that is not whole; null for a type that has others. */
export function wholeSequence({
  sqlType,
}: TargetColumn): ((data: Buffer, start: number, end: number) => number | bigint | undefined) | null {
  const kind = sequenceKind(sqlType);
  if (kind === undefined || kind === "moment") return null;
  return (data, start, end) => shortNumber(data, start, end) ?? toNumber(data.toString("latin1", start, end));
}

/** Of nothing but a few digits; undefined of all else. */
function shortNumber(data: Buffer, start: number, end: number): number | undefined {
  if (end === start || end - start > SAFE_DIGITS) return undefined;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = data[at]! - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

function toNumber(text: string): number | bigint | undefined {
  if (INTEGER.test(text)) return BigInt(text);
  const [high, low] = LSN.test(text) ? text.split("/") : [];
  if (low === undefined) return undefined;
  const place = Number.parseInt(high!, 16) * 2 ** 32 + Number.parseInt(low, 16);
  return Number.isSafeInteger(place) ? place : BigInt(`0x${high}`) * 2n ** 32n + BigInt(`0x${low}`);
}
