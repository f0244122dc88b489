import type { TableField } from "./table-field.ts";

/** Returns what a row gets for a value that is as its column wants it, undefined where more has to be looked at. */
type Fit = (value: unknown) => unknown;

/** Beyond it a JavaScript number is no one whole number. */
const LIMITS = { int2: 2 ** 15, int4: 2 ** 31, int8: 2 ** 53 } as const;

/**
 * Does for values that fit, which most do, what `canonicalText` and `FieldType.value` do by way of text; a value of another type
 * may still be one's text. `typed` is as `TableRecord.ofTypedValues` says.
 */
function fittingValue({ type, notNull }: TableField, typed: boolean): Fit {
  const fit = fitOf(type, typed);
  return notNull ? fit : (value) => (value === null ? null : fit(value));
}

function fitOf(type: TableField["type"], typed: boolean): Fit {
  const { kind, maxLength } = type;
  // Adding nothing makes -0 the 0 that its text is.
  const ofNumber: Partial<Record<typeof kind, (value: number) => unknown>> = {
    int2: whole(LIMITS.int2),
    int4: whole(LIMITS.int4),
    int8: whole(LIMITS.int8),
    float: (value) => (Number.isFinite(value) ? value + 0 : undefined),
    decimal: (value) => (Number.isFinite(value) ? String(value) : undefined),
  };
  const number = ofNumber[kind];
  if (number !== undefined) {
    const text = ofText(type);
    return (value) => (typeof value === "number" ? number(value) : text(value));
  }
  switch (kind) {
    case "boolean":
      return (value) => (typeof value === "boolean" ? value : undefined);
    case "json":
      return (value) => (value !== null && (typed || typeof value === "object") ? value : undefined);
    case "text":
      return (value) => (typeof value === "string" && value.length <= maxLength ? value : undefined);
    default:
      return ofText(type);
  }
}

function whole(limit: number): (value: number) => number | undefined {
  return (value) => (Number.isInteger(value) && value < limit && value > -limit ? value + 0 : undefined);
}

function ofText(type: TableField["type"]): Fit {
  return (value) => {
    const canonical = typeof value === "string" ? type.canonical(value) : undefined;
    return canonical === undefined ? undefined : type.value(canonical);
  };
}

/** Makes a row of a record all of whose fields are there and fit; undefined of any other. */
export type FitRow = (record: Readonly<Record<string, unknown>>) => Record<string, unknown> | undefined;

export function fittingRow(fields: readonly TableField[], typed: boolean): FitRow {
  if (fields.some(({ key }) => key === "__proto__")) return () => undefined;
  // Straight-line code with a literal at its end: a loop that sets properties takes twice as long.
  const body = `"use strict"; const [${fields.map((_, index) => `f${index}`).join(", ")}] = fits; return (record) => {
${fields.map(({ name }, index) => `  const v${index} = f${index}(record[${JSON.stringify(name)}]); if (v${index} === undefined) return undefined;`).join("\n")}
  return { ${fields.map(({ key }, index) => `${JSON.stringify(key)}: v${index}`).join(", ")} };
};`;
  const make = new Function("fits", body) as (fits: readonly Fit[]) => FitRow;
  return make(fields.map((field) => fittingValue(field, typed)));
}
