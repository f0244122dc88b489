import type { Json } from "../host/host.ts";

/** `FIELD=VALUE`s as config; values are JSON where they parse as it, else text. */
export function parseFields(fields: readonly string[]): Record<string, Json> {
  return Object.fromEntries(
    fields.map((field) => {
      const [name = "", ...value] = field.split("=");
      return [name, parseValue(value.join("="))];
    }),
  );
}

function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
