"""The operators of a TypeScript project as a component that a `defs.yaml` names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import dagster as dg
from dagster.components.resolved.core_models import AssetAttributesModel
from dagster.components.utils.translation import TranslationFn, TranslationFnResolver
from pydantic import Field

from millrace.dagster.assets import millrace_assets
from millrace.dagster.launched import LaunchedComponent
from millrace.dagster.location import located
from millrace.dagster.overrides import OperatorAttributes, Override, resolve_overrides
from millrace.dagster.scaffolder import OperatorsScaffolder
from millrace.dagster.settings import StepSettings, default_settings
from millrace.launcher import find_launcher
from millrace.manifest import Manifest, Operator
from millrace.manifest_cache import load_manifest
from millrace.selection import select_operators


def _resolve_project(context: dg.ResolutionContext, path: str) -> Path:
    return find_launcher(context.resolve_source_relative_path(context.resolve_value(path, as_type=str))).project


# Dagster's own resolver of translations, which has no room for a description of the attribute.
_resolve_translation = TranslationFnResolver[Operator](lambda operator: {"operator": operator}).fn.callable


@dg.scaffold_with(OperatorsScaffolder)
class OperatorsComponent(LaunchedComponent):
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
    resource: Annotated[
        str | None,
        dg.Resolver.default(
            description="Key of a millrace.dagster.OperatorResource: the database, and what else operators need.",
            examples=["warehouse"],
        ),
    ] = None

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
