"""JSON Schema of an operator's configuration as Dagster's config, which the launchpad shows and checks."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from millrace.errors import MillraceError

Schema = Mapping[str, Any]


def build_config_schema(schema: Schema, defaults: Schema | None = None) -> dict[str, dg.Field] | None:
    """The fields of the JSON Schema of an object, with types, defaults and descriptions; None where it has none.

    `defaults` are used in place of the schema's own. What Dagster has no type for (patterns, ranges, unions of
    objects) is left to the operator to check. Raises MillraceError CONFIG_UNKNOWN for a default of no field.
    """
    properties = dict(schema.get("properties", {}))
    for name, default in (defaults or {}).items():
        if name not in properties:
            there = f"It has: {', '.join(sorted(properties)) or 'none'}"
            raise MillraceError("CONFIG_UNKNOWN", f'The operator\'s configuration has no field "{name}"', there)
        properties[name] = {**properties[name], "default": default}
    return _fields({**schema, "properties": properties}, _definitions(schema)) or None


def _fields(schema: Schema, definitions: Schema) -> dict[str, dg.Field]:
    required = set(schema.get("required", ()))
    return {
        name: _field(property_, name in required, definitions)
        for name, property_ in schema.get("properties", {}).items()
    }


def _field(schema: Schema, required: bool, definitions: Schema) -> dg.Field:
    default = {"default_value": schema["default"]} if "default" in schema else {}
    required = required and not default
    return dg.Field(_type(schema, definitions), description=_description(schema), is_required=required, **default)


def _description(schema: Schema) -> str | None:
    limits = [f"{label} {schema[key]}" for key, label in _LIMITS.items() if key in schema]
    parts = [schema.get("description"), f"({', '.join(limits)})" if limits else None]
    return " ".join(part for part in parts if part) or None


_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "pattern": "matching",
    "format": "format",
}


def _type(schema: Schema, definitions: Schema) -> Any:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        # A definition is taken out while its own type is built: one that holds itself ends in anything.
        rest = {key: value for key, value in definitions.items() if key != name}
        return _type(definitions[name], rest) if name in definitions else dg.Any
    if "const" in schema:
        return _choice([schema["const"]])
    if "enum" in schema:
        return _choice(schema["enum"])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _union(schema[union], definitions)
    kind = schema.get("type")
    if isinstance(kind, list):
        return _union([{**schema, "type": one} for one in kind], definitions)
    if kind == "object":
        return _object(schema, definitions)
    if kind == "array":
        items = schema.get("items")
        return dg.Array(_type(items, definitions) if isinstance(items, Mapping) else dg.Any)
    if kind == "string" and (schema.get("writeOnly") or schema.get("format") == "password"):
        return dg.StringSource  # a literal or {env: NAME}, so that a secret need not be in the run's config
    return _SCALARS.get(kind, dg.Any)


_SCALARS = {"string": dg.String, "integer": dg.Int, "number": dg.Float, "boolean": dg.Bool}


def _object(schema: Schema, definitions: Schema) -> Any:
    fields = _fields(schema, definitions)
    rest = schema.get("additionalProperties", False)
    if isinstance(rest, Mapping) and rest and not fields:
        return dg.Map(dg.String, _type(rest, definitions))
    return dg.Shape(fields) if rest is False else dg.Permissive(fields)


def _union(members: list[Schema], definitions: Schema) -> Any:
    some = [member for member in members if member.get("type") != "null"]
    if len(some) == 1:
        inner = _type(some[0], definitions)
    elif all("const" in member for member in some):
        inner = _choice([member["const"] for member in some])
    else:
        inner = dg.Any
    nullable = len(some) < len(members)
    return dg.Noneable(inner) if nullable and inner is not dg.Any else inner


def _choice(values: list[Any]) -> Any:
    if all(isinstance(value, str) for value in values):
        return dg.Enum("_or_".join(values)[:100], [dg.EnumValue(value) for value in values])
    return dg.Any


def _definitions(schema: Schema) -> Schema:
    return {**schema.get("definitions", {}), **schema.get("$defs", {})}
