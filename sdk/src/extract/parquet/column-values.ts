import type { SchemaTree } from "hyparquet";
import { JsonNumber } from "../../record/json-number.ts";
import { takeLeafValue, Unreadable, type LeafValue } from "./leaf-values.ts";

/** Makes the values of a column from what the reader gives; undefined where they are good as they are, but for undefined. */
export type ColumnValue = (read: unknown) => unknown;

/** How a top-level column's values are made. It changes the schema: see `takeLeafValue`. */
export function columnValue(tree: SchemaTree): ColumnValue {
  if (tree.children.length === 0 && tree.element.repetition_type !== "REPEATED") {
    const leaf = takeLeafValue(tree.element);
    if (leaf === undefined) return (read) => read ?? null;
    return (read) => (read === null || read === undefined ? null : leaf(read as never));
  }
  return nestedValue(tree);
}

/** Whether its rows have several values each, so that no page of it can be left out. */
export function isNested(tree: SchemaTree): boolean {
  return tree.children.length > 0 || tree.element.repetition_type === "REPEATED";
}

/** Nested values become such as JSON has: a number stays one to the last digit. */
function nestedValue(tree: SchemaTree, inList = false): ColumnValue {
  if (tree.element.repetition_type === "REPEATED" && !inList) return each(nestedValue(tree, true));
  // The reader knows them by the older of the two ways to say so alone.
  const kind = tree.element.logical_type?.type;
  if (kind === "LIST" || kind === "MAP") tree.element.converted_type ??= kind;
  if (isList(tree)) {
    const [repeated] = tree.children as [SchemaTree];
    return each(repeated.children.length === 1 ? nestedValue(repeated.children[0]!) : nestedValue(repeated, true));
  }
  if (isMap(tree)) {
    const value = nestedValue(tree.children[0]!.children[1]!);
    return orNull((read) => mapObject(read as object, () => value));
  }
  if (tree.children.length > 0) {
    const fields = new Map(tree.children.map((child) => [child.element.name, nestedValue(child)]));
    return orNull((read) => mapObject(read as object, (name) => fields.get(name)!));
  }
  const decimal = tree.element.converted_type === "DECIMAL" || tree.element.logical_type?.type === "DECIMAL";
  const leaf: LeafValue | undefined = takeLeafValue(tree.element);
  return orNull((read) => {
    const value = leaf === undefined ? read : leaf(read as never);
    if (decimal) return new JsonNumber(value as string);
    if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
  });
}

function orNull(make: ColumnValue): ColumnValue {
  return (read) => (read === null || read === undefined ? null : make(read));
}

function each(make: ColumnValue): ColumnValue {
  return orNull((read) => (read as unknown[]).map(make));
}

function mapObject(read: object, valueOf: (name: string) => ColumnValue): object {
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, valueOf(name)(value)]));
}

/** As the reader takes them. */
function isList({ element, children }: SchemaTree): boolean {
  const [repeated] = children;
  return (
    element.converted_type === "LIST" && children.length === 1 && isRepeated(repeated) && repeated.children.length < 2
  );
}

function isMap({ element, children }: SchemaTree): boolean {
  const [entry] = children;
  return element.converted_type === "MAP" && children.length === 1 && isRepeated(entry) && entry.children.length === 2;
}

function isRepeated(tree: SchemaTree | undefined): tree is SchemaTree {
  return tree?.element.repetition_type === "REPEATED";
}

/** The first value in it that could not be read. */
export function findUnreadable(value: unknown): Unreadable | undefined {
  if (value instanceof Unreadable) return value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return undefined;
  for (const inner of Object.values(value)) {
    const found = findUnreadable(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}
