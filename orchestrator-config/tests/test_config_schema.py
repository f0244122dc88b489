"""The operator's configuration in the launchpad, checked by Dagster's own rules."""

from typing import Any

import dagster as dg
import pytest
from dagster._config import process_config, resolve_to_config_type

from millrace.dagster.config_schema import build_config_schema


def accepts(schema: dict[str, Any], config: Any) -> bool:
    fields = build_config_schema({"type": "object", "properties": {"it": schema}, "required": ["it"]})
    return process_config(resolve_to_config_type(fields), {"it": config}).success


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, ["x", ""], [1, None, ["x"]]),
        ({"type": "integer"}, [1, -1], ["1", 1.5, True]),
        ({"type": "number"}, [1.5, 2], ["1.5"]),
        ({"type": "boolean"}, [True], ["true", 1]),
        ({"enum": ["a", "b"]}, ["a"], ["c"]),
        ({"const": "a"}, ["a"], ["b"]),
        ({"anyOf": [{"const": "a"}, {"const": "b"}]}, ["b"], ["c"]),
        ({"type": "array", "items": {"type": "integer"}}, [[], [1, 2]], [["x"], 1]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["x", None], [1]),
        ({"type": ["integer", "null"]}, [1, None], ["x"]),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, [{"a": "x"}], [{}, {"b": 1}]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{}, {"any": 1}], [{"any": "x"}]),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {}},
            [{"b": 1}],
            [{"a": 1}],
        ),
        ({"anyOf": [{"type": "string"}, {"type": "object", "properties": {}}]}, ["x", {"y": 1}], []),
        ({}, [1, "x", {"y": 1}], []),
        ({"type": "string", "writeOnly": True}, ["x", {"env": "HOME"}], [1]),
    ],
)
def test_a_type_takes_what_its_json_schema_takes(schema, good, bad):
    assert [config for config in good if not accepts(schema, config)] == []
    assert [config for config in bad if accepts(schema, config)] == []


def test_defaults_are_filled_in_and_their_fields_optional():
    fields = build_config_schema(
        {
            "type": "object",
            "properties": {
                "dir": {"type": "string", "default": "data", "description": "Where the files are."},
                "limit": {"type": "integer", "minimum": 1, "maximum": 10},
                "nested": {
                    "type": "object",
                    "properties": {"deep": {"type": "boolean", "default": True}},
                    "default": {},
                },
            },
        }
    )
    assert fields["dir"].description == "Where the files are."
    assert fields["limit"].description == "(at least 1, at most 10)"
    assert process_config(resolve_to_config_type(fields), {}).value == {"dir": "data", "nested": {"deep": True}}


def test_a_schema_that_refers_to_itself_ends():
    node = {"type": "object", "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/node"}}}
    schema = {"type": "object", "properties": {"list": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    config = {"list": {"name": "a", "next": {"name": "b", "next": {"name": "c"}}}}
    assert process_config(resolve_to_config_type(build_config_schema(schema)), config).success


def test_an_operator_without_configuration_has_none():
    assert build_config_schema({"type": "object", "properties": {}}) is None


def test_two_enums_of_different_values_can_be_in_one_job():
    one = build_config_schema({"type": "object", "properties": {"mode": {"enum": ["a", "b"]}}})
    two = build_config_schema({"type": "object", "properties": {"mode": {"enum": ["b", "c"]}}})

    @dg.asset(config_schema=one)
    def first() -> None: ...

    @dg.asset(config_schema=two)
    def second() -> None: ...

    assert dg.materialize(
        [first, second],
        run_config={"ops": {"first": {"config": {"mode": "a"}}, "second": {"config": {"mode": "c"}}}},
    ).success
