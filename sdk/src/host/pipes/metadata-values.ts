import { FatalError } from "../../errors/millrace-error.ts";
import { type AssetKey, formatAssetKey } from "./asset-key.ts";
import { toJson } from "./json.ts";
import type { MetadataType, MetadataValue } from "./metadata-value.ts";

// Python reads no integer of more digits than 4300, so a longer one would kill Dagster's reader.
const maxIntDigits = 4_000;

export function textValue(type: MetadataType, value: string): MetadataValue {
  return { type, raw_value: String(value).toWellFormed() };
}

export function jsonValue(value: unknown): MetadataValue {
  const json = toJson(value);
  // Dagster takes no bare number or boolean for JSON.
  if (typeof json === "boolean") return { type: "bool", raw_value: json };
  if (typeof json === "bigint") return intValue(json);
  if (typeof json === "number") return Number.isSafeInteger(json) ? intValue(json) : floatValue(json);
  return { type: "json", raw_value: json };
}

export function intValue(value: number | bigint): MetadataValue {
  if (typeof value === "bigint") {
    const digits = String(value);
    return digits.length > maxIntDigits ? textValue("text", digits) : { type: "int", raw_value: value };
  }
  if (!Number.isFinite(value)) return textValue("text", String(value));
  if (!Number.isInteger(value)) throw invalid(`${value} is not an integer`, "Use `metadata.float`, or round it");
  return { type: "int", raw_value: Number.isSafeInteger(value) ? value : BigInt(value) };
}

export function floatValue(value: number): MetadataValue {
  if (typeof value !== "number") throw invalid(`A ${typeof value} is not a float`, "Pass a number");
  return Number.isFinite(value) ? { type: "float", raw_value: value } : textValue("text", String(value));
}

export function timestampValue(value: Date | number): MetadataValue {
  const seconds = value instanceof Date ? value.getTime() / 1_000 : value;
  if (typeof seconds !== "number")
    throw invalid(`A ${typeof value} is not a moment`, "Pass a Date or seconds since 1970");
  return Number.isFinite(seconds)
    ? { type: "timestamp", raw_value: seconds }
    : textValue("text", value instanceof Date ? "Invalid Date" : String(value));
}

export function assetValue(key: AssetKey | string): MetadataValue {
  const parts = typeof key === "string" ? key.split("/") : key;
  // Dagster splits this value at every slash, escaped or not.
  if (parts.length === 0 || parts.some((part) => part === "" || part.includes("/"))) {
    throw invalid(
      `Asset key ${formatAssetKey(parts)} can not be linked to`,
      "A linked asset's key needs parts that are not empty and hold no `/`",
    );
  }
  return textValue("asset", parts.join("/"));
}

function invalid(message: string, fix: string): FatalError {
  return new FatalError("METADATA_INVALID", message, { fix });
}
