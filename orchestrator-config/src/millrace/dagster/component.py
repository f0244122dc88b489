"""The operators of a TypeScript project as a component that a `defs.yaml` names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import dagster as dg
from pydantic import Field

from millrace.dagster.assets import millrace_assets


def _resolve_path(context: dg.ResolutionContext, path: str) -> Path:
    return context.resolve_source_relative_path(context.resolve_value(path, as_type=str))


class OperatorsComponent(dg.Component, dg.Resolvable, dg.Model):
    """ETL operators written in TypeScript with Millrace: one asset for each operator of a project.

    Keys, groups, descriptions, partitions, dependencies, configuration and checks come from the operators themselves.
    """

    project: Annotated[
        Path,
        dg.Resolver(
            _resolve_path,
            model_field_type=str,
            description="The TypeScript project: the folder of its millrace.config.ts, relative to this file.",
            examples=["../../../.."],
        ),
    ]
    env: Mapping[str, str] = Field(
        default_factory=dict,
        description="Added to the environment of the operators' processes, for instance a DATABASE_URL.",
        examples=[{"DATABASE_URL": "{{ env.WAREHOUSE_URL }}"}],
    )
    grace_seconds: float = Field(
        default=10, ge=0, description="How long a process that is to stop may take to settle what it is doing."
    )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """One asset for each operator."""
        return dg.Definitions(assets=millrace_assets(self.project, env=self.env, grace_seconds=self.grace_seconds))
