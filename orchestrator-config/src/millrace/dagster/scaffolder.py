"""Writes the `defs.yaml` of a new component: `dg scaffold defs millrace.dagster.OperatorsComponent …`."""

import os
from pathlib import Path

import dagster as dg
from dagster.components.component_scaffolding import scaffold_component
from pydantic import BaseModel, Field

CONFIG = "millrace.config.*"


class OperatorsScaffoldParams(BaseModel):
    """What can be said on the command line."""

    project: str | None = Field(
        default=None,
        description="Folder of the TypeScript project; by default the nearest one with a millrace.config.ts, upwards.",
    )


class OperatorsScaffolder(dg.Scaffolder[OperatorsScaffoldParams]):
    """Finds the TypeScript project and writes its place relative to the new file."""

    @classmethod
    def get_scaffold_params(cls) -> type[OperatorsScaffoldParams]:
        return OperatorsScaffoldParams

    def scaffold(self, request: dg.ScaffoldRequest[OperatorsScaffoldParams]) -> None:
        target = request.target_path.absolute()
        project = Path(request.params.project).absolute() if request.params.project else _nearest_project(target)
        scaffold_component(request, {"project": os.path.relpath(project, target)})


def _nearest_project(folder: Path) -> Path:
    """The nearest TypeScript project at or above `folder`; `folder` itself where there is none, to be filled in."""
    return next((parent for parent in (folder, *folder.parents) if any(parent.glob(CONFIG))), folder)
