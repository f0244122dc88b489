import { z } from "zod";
import { declaration } from "../src/declared/declaration.ts";
import { kinds } from "../src/declared/kinds.ts";

/** The reference of all ready-made operators as Markdown, from the schemas that check their declarations. */
export function operatorReference(): string {
  return [
    "### Fields of every operator",
    "",
    ...fieldTable(declaration),
    ...[...kinds.values()].flatMap(({ kind, description, config }) => [
      "",
      `### ${kind}`,
      "",
      description,
      "",
      ...fieldTable(config),
    ]),
    "",
  ].join("\n");
}

interface Field {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: Field;
  readonly anyOf?: readonly Field[];
  readonly oneOf?: readonly Field[];
  readonly const?: unknown;
}

function fieldTable(schema: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as {
    properties?: Readonly<Record<string, Field>>;
    required?: readonly string[];
  };
  return [
    "| field | type | |",
    "| --- | --- | --- |",
    ...Object.entries(properties).map(
      ([name, field]) => `| \`${name}\` | ${cell(typeOf(field))} | ${cell(meaning(field, required.includes(name)))} |`,
    ),
  ];
}

function meaning(field: Field, required: boolean): string {
  const given = field.default;
  const empty = typeof given === "object" && given !== null && Object.keys(given).length === 0;
  const fallback = given === undefined || empty ? "" : `Default \`${JSON.stringify(given)}\``;
  return [required ? "**Required.**" : "", sentence(field.description ?? ""), sentence(fallback)]
    .filter(Boolean)
    .join(" ");
}

function typeOf({ type, enum: values, items, anyOf, oneOf, const: constant }: Field): string {
  if (constant !== undefined) return `\`${String(constant)}\``;
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(", ");
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(" or ");
  if (type === "array") return `list of ${items === undefined ? "anything" : typeOf(items)}`;
  if (type === "object") return "map";
  return typeof type === "string" ? type : (type ?? ["anything"]).join(" or ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function sentence(text: string): string {
  return text === "" || /[.!?…]$/.test(text) ? text : `${text}.`;
}
