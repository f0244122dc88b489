import { createHash } from "node:crypto";
import { FatalError } from "../errors/millrace-error.ts";
import type { Json } from "../host/host.ts";
import type { CheckpointKey } from "./checkpoint-store.ts";

/** What a checkpoint's file says. */
export interface CheckpointContent {
  readonly key: CheckpointKey;
  /** Undefined where the checkpoint was deleted. */
  readonly value: Json | undefined;
}

const VERSION = 1;

/** The file's text: JSON with a checksum over key and value. Raises FatalError CHECKPOINT_VALUE. */
export function encodeCheckpoint({ key, value }: CheckpointContent): string {
  if (value !== undefined) requireJson(value, "the value");
  const { operator, partition } = key;
  const content = value === undefined ? { operator, partition, deleted: true } : { operator, partition, value };
  return `${JSON.stringify({ version: VERSION, checksum: checksum(key, value), ...content })}\n`;
}

/** The content of such a text; undefined where it is torn, was changed, or never was one. */
export function decodeCheckpoint(text: string): CheckpointContent | undefined {
  let parsed: Readonly<Record<string, Json>> | null;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || parsed["version"] !== VERSION) return undefined;
  const { operator, partition, value, deleted } = parsed;
  if (typeof operator !== "string" || typeof partition !== "string") return undefined;
  if ((value === undefined) !== (deleted === true)) return undefined;
  const key = { operator, partition };
  return parsed["checksum"] === checksum(key, value) ? { key, value } : undefined;
}

function checksum({ operator, partition }: CheckpointKey, value: Json | undefined): string {
  const content = JSON.stringify([operator, partition, value === undefined ? [] : [value]]);
  return createHash("sha256").update(content).digest("hex");
}

/** What JSON would silently change or leave out is refused: the next run would go on from somewhere else. */
function requireJson(value: unknown, path: string, around: readonly unknown[] = []): void {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return;
  const isObject = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if ((isObject || Array.isArray(value)) && !around.includes(value)) {
    const inside = [...around, value];
    const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    for (const [name, inner] of entries) requireJson(inner, `${path}.${name}`, inside);
    return;
  }
  throw new FatalError(
    "CHECKPOINT_VALUE",
    `A checkpoint must be JSON, and ${path} is ${around.includes(value) ? "a circle" : describe(value)}`,
    {
      fix: "Give text for dates, bigints and what else JSON does not have",
    },
  );
}

function describe(value: unknown): string {
  if (typeof value === "object") return String(value?.constructor.name);
  return typeof value === "number" || typeof value === "bigint" ? `${typeof value} ${value}` : typeof value;
}
