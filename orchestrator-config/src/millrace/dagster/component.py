"""The operators of a TypeScript project as a component that a `defs.yaml` names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from dagster.components.resolved.core_models import AssetAttributesModel
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import BaseModel, Field, PrivateAttr

from millrace.dagster.assets import millrace_assets
from millrace.dagster.location import located
from millrace.dagster.overrides import OperatorAttributes, Override, resolve_overrides
from millrace.dagster.scaffolder import OperatorsScaffolder
from millrace.dagster.settings import StepSettings, default_settings
from millrace.errors import MillraceError
from millrace.launcher import find_launcher
from millrace.manifest import Manifest, Operator
from millrace.manifest_cache import load_manifest
from millrace.selection import select_operators


def _resolve_project(context: dg.ResolutionContext, path: str) -> Path:
    return find_launcher(context.resolve_source_relative_path(context.resolve_value(path, as_type=str))).project


def _resolve_env(context: dg.ResolutionContext, env: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: _resolve_variable(context.at_path(name), value) for name, value in env.items()}


def _resolve_variable(context: dg.ResolutionContext, value: Any) -> str:
    resolved = context.resolve_value(value)
    if resolved is None:
        with located(context):
            fix = "Set it where Dagster runs, or give a default as in {{ env('NAME', 'default') }}"
            raise MillraceError("ENV_MISSING", f"{value} is not set", fix)
    return str(resolved)


# Dagster's own resolver of translations, which has no room for a description of the attribute.
_resolve_translation = TranslationFnResolver[Operator](lambda operator: {"operator": operator}).fn.callable


@dg.scaffold_with(OperatorsScaffolder)
class OperatorsComponent(dg.Component, dg.Resolvable, dg.Model):
    """ETL operators written in TypeScript with Millrace: one asset for each operator of a project.

    Keys, groups, descriptions, partitions, dependencies, configuration and checks come from the operators themselves;
    what is said here takes precedence.
    """

    project: Annotated[
        Path,
        dg.Resolver(
            _resolve_project,
            model_field_type=str,
            description="The TypeScript project: the folder of its millrace.config.ts, relative to this file.",
            examples=["../../../.."],
        ),
    ]
    select: Annotated[
        Sequence[str] | None,
        dg.Resolver.default(
            description="Names of the operators to take, in which * stands for any characters; all when left out.",
            examples=[["flights", "daily_*"]],
        ),
    ] = None
    exclude: Annotated[
        Sequence[str] | None,
        dg.Resolver.default(
            description="Names of operators to leave out, in which * stands for any characters.",
            examples=[["scratch_*"]],
        ),
    ] = None
    translation: Annotated[
        TranslationFn[Operator] | None,
        dg.Resolver(
            _resolve_translation,
            model_field_type=str | AssetAttributesModel,
            description="Changes every asset; {{ operator.name }} and {{ spec }} stand for what is there.",
            examples=[{"key_prefix": "nyc"}],
            inject_before_resolve=False,
        ),
    ] = None
    operators: Annotated[
        Mapping[str, Override],
        dg.Resolver(
            resolve_overrides,
            model_field_type=Mapping[str, OperatorAttributes.model()],
            description="Changes single assets, by the operator's name.",
            examples=[{"flights": {"pool": "warehouse", "tags": {"tier": "gold"}}}],
        ),
    ] = Field(default_factory=dict)
    env: Annotated[
        Mapping[str, str],
        dg.Resolver(
            _resolve_env,
            model_field_type=Mapping[str, str],
            description="Added to the environment of the operators' processes, for instance a DATABASE_URL.",
            examples=[{"DATABASE_URL": "{{ env.WAREHOUSE_URL }}"}],
        ),
    ] = Field(default_factory=dict)
    resource: Annotated[
        str | None,
        dg.Resolver.default(
            description="Key of a millrace.dagster.OperatorResource: the database, and what else operators need.",
            examples=["warehouse"],
        ),
    ] = None
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
    def resolve_from_model(cls, context: dg.ResolutionContext, model: BaseModel) -> "OperatorsComponent":
        component = super().resolve_from_model(context, model)
        component._place = context
        return component

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """One asset for each operator; raises LocatedError where the YAML has a name that the project has not."""
        with located(self._at("project")):
            manifest = load_manifest(self.project)
        self._check_names(manifest)
        return dg.Definitions(
            assets=millrace_assets(
                self.project,
                select=self.select,
                exclude=self.exclude,
                translate=self._translate,
                settings=self._settings,
                env=self.env,
                resource=self.resource,
                grace_seconds=self.grace_seconds,
            )
        )

    def _check_names(self, manifest: Manifest) -> None:
        for attribute, names in (("select", self.select), ("exclude", self.exclude)):
            for index, name in enumerate(names or ()):
                with located(self._at(attribute, index)):
                    select_operators(manifest, [name], None)
        for name in self.operators:
            with located(self._at("operators", name)):
                manifest.operator(name)

    def _translate(self, operator: Operator, spec: dg.AssetSpec) -> dg.AssetSpec:
        spec = self.translation(spec, operator) if self.translation else spec
        override = self.operators.get(operator.name)
        return override.spec(operator, spec) if override else spec

    def _settings(self, operator: Operator) -> StepSettings:
        settings, override = default_settings(operator), self.operators.get(operator.name)
        return override.settings(operator, settings) if override else settings

    def _at(self, *path: str | int) -> dg.ResolutionContext | None:
        place = self._place
        for part in path:
            place = place and place.at_path(part)
        return place
