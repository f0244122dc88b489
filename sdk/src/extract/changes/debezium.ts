import type { ChangeEvent } from "./change-event.ts";
import { noChange, optionalValues, parsedText, valuesOf, type Values } from "./change-values.ts";

const OPERATIONS = { c: "insert", r: "insert", u: "update", d: "delete", t: "truncate" } as const;

/**
 * A change as Debezium tells of it (with or without its schema, as JSON text or parsed); null for the tombstone behind a
 * deletion. The sequence is the source's `lsn`, or else what `sequence` makes of `source`: for MySQL its position, for MongoDB its time.
 * Raises RecordError CHANGE_EVENT.
 */
export function debezium(
  record: unknown,
  { sequence = lsnOf }: { readonly sequence?: (source: Values) => unknown } = {},
): ChangeEvent | null {
  const parsed = typeof record === "string" ? parsedText(record) : record;
  if (parsed === null) return null;
  const envelope = valuesOf(valuesOf(parsed, "it")["payload"] ?? parsed, "payload");
  const { op, before, after, source, ts_ms: at } = envelope;
  const operation = typeof op === "string" ? OPERATIONS[op as keyof typeof OPERATIONS] : undefined;
  if (operation === undefined) throw noChange(`"op" is ${JSON.stringify(op)}`, "op");
  const origin = valuesOf(source, "source");
  const place = sequence(origin);
  if (place === undefined || place === null) throw noChange('"source" does not say where in the log it was', "source");
  const moment = origin["ts_ms"] ?? at;
  return {
    operation,
    before: optionalValues(before, "before"),
    after: optionalValues(after, "after"),
    sequence: String(place as string | number | bigint),
    at: typeof moment === "number" ? new Date(moment).toISOString() : null,
  };
}

function lsnOf({ lsn, scn, ts_ns: nanoseconds, ts_us: microseconds }: Values): unknown {
  return lsn ?? scn ?? nanoseconds ?? microseconds;
}
