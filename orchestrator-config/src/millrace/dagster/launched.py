"""What all components of Millrace have: how their processes are launched, and where they stand in the YAML."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

import dagster as dg
from pydantic import BaseModel, Field, PrivateAttr

from millrace.dagster.location import located
from millrace.errors import MillraceError


def _resolve_env(context: dg.ResolutionContext, env: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: _resolve_variable(context.at_path(name), value) for name, value in env.items()}


def _resolve_variable(context: dg.ResolutionContext, value: Any) -> str:
    resolved = context.resolve_value(value)
    if resolved is None:
        with located(context):
            fix = "Set it where Dagster runs, or give a default as in {{ env('NAME', 'default') }}"
            raise MillraceError("ENV_MISSING", f"{value} is not set", fix)
    return str(resolved)


class LaunchedComponent(dg.Component, dg.Resolvable, dg.Model):
    """The base of components whose assets are operators' processes."""

    env: Annotated[
        Mapping[str, str],
        dg.Resolver(
            _resolve_env,
            model_field_type=Mapping[str, str],
            description="Added to the environment of the operators' processes, for instance a DATABASE_URL.",
            examples=[{"DATABASE_URL": "{{ env.WAREHOUSE_URL }}"}],
        ),
    ] = Field(default_factory=dict)
    grace_seconds: Annotated[
        float,
        dg.Resolver.default(
            description="How long a process that is to stop may take to settle what it is doing; 10 by default.",
            examples=[30],
        ),
    ] = 10
    _place: dg.ResolutionContext | None = PrivateAttr(default=None)
    """Where the attributes stand in the YAML; None for a component that is made in Python."""

    @classmethod
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> Self:
        component = super().resolve_from_model(context, model)
        component._place = context
        return component

    def _at(self, *path: str | int) -> dg.ResolutionContext | None:
        place = self._place
        for part in path:
            place = place and place.at_path(part)
        return place
