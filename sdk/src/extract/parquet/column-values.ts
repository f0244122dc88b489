import type { SchemaTree } from "hyparquet";
import { JsonNumber } from "../../record/json-number.ts";
import { takeLeafValue, Unreadable, type LeafValue } from "./leaf-values.ts";

/** Makes the values of a column from what the reader gives; undefined where they are good as they are, but for undefined. */
export type ColumnValue = (read: unknown) => unknown;

/** A column of a file at its top. */
export interface TopColumn {
  readonly name: string;
  /** Its rows have several values each. */
  readonly nested: boolean;
  readonly make: ColumnValue;
  /** Text is made of what is stored: numbers of 64 bits may be given as such, and as bigints. */
  readonly makesText: boolean;
}

/** How a top-level column's values are made. It changes the schema: see `takeLeafValue`. */
export function topColumn(tree: SchemaTree, onUnreadable: () => void): TopColumn {
  const { name, repetition_type: repetition } = tree.element;
  if (tree.children.length > 0 || repetition === "REPEATED")
    return { name, nested: true, make: nestedValue(tree, onUnreadable), makesText: false };
  const leaf = takeLeafValue(tree.element, onUnreadable);
  const make = leaf as ColumnValue | undefined;
  return { name, nested: false, make: make ?? ((read) => read), makesText: leaf !== undefined };
}

/** Nested values become such as JSON has: a number stays one to the last digit. */
function nestedValue(tree: SchemaTree, onUnreadable: () => void, inList = false): ColumnValue {
  if (tree.element.repetition_type === "REPEATED" && !inList) return each(nestedValue(tree, onUnreadable, true));
  // The reader knows them by the older of the two ways to say so alone.
  const kind = tree.element.logical_type?.type;
  if (kind === "LIST" || kind === "MAP") tree.element.converted_type ??= kind;
  if (isList(tree)) {
    const [repeated] = tree.children as [SchemaTree];
    return each(
      repeated.children.length === 1
        ? nestedValue(repeated.children[0]!, onUnreadable)
        : nestedValue(repeated, onUnreadable, true),
    );
  }
  if (isMap(tree)) {
    const value = nestedValue(tree.children[0]!.children[1]!, onUnreadable);
    return orNull((read) => mapObject(read as object, () => value));
  }
  if (tree.children.length > 0) {
    const fields = new Map(tree.children.map((child) => [child.element.name, nestedValue(child, onUnreadable)]));
    return orNull((read) => mapObject(read as object, (name) => fields.get(name)!));
  }
  const decimal = tree.element.converted_type === "DECIMAL" || tree.element.logical_type?.type === "DECIMAL";
  const leaf: LeafValue | undefined = takeLeafValue(tree.element, onUnreadable);
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
