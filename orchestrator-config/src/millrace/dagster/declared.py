"""Ready-made operators that a `defs.yaml` declares, without any TypeScript."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from millrace.dagster.assets import millrace_assets
from millrace.dagster.launched import LaunchedComponent
from millrace.dagster.location import located
from millrace.errors import MillraceError


def _resolve_folder(context: dg.ResolutionContext, path: str) -> Path:
    return Path(context.resolve_source_relative_path(context.resolve_value(path, as_type=str))).absolute()


class DeclaredOperatorsComponent(LaunchedComponent):
    """Ready-made ETL operators of Millrace, declared here: one asset for each.

    The package @millrace/operators documents what each takes. They need Node and the npm packages @millrace/sdk and
    @millrace/operators, installed in the folder `project`; paths in their configuration are from there.
    """

    project: Annotated[
        Path,
        dg.Resolver(
            _resolve_folder,
            model_field_type=str,
            description="The folder in which the npm packages are installed, relative to this file.",
            examples=["../../../.."],
        ),
    ]
    operators: Annotated[
        Sequence[Mapping[str, Any]],
        dg.Resolver.default(
            model_field_type=Sequence[Mapping[str, Any]],
            description="The operators, each with name, operator and config.",
            examples=[
                [
                    {
                        "name": "orders",
                        "operator": "csv_to_table",
                        "config": {
                            "path": "data/orders.csv",
                            "table": "public.orders",
                            "load": "upsert",
                            "key": ["id"],
                        },
                    }
                ]
            ],
        ),
    ]

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """One asset for each operator; raises LocatedError where a declaration is not right."""
        with located(self._at("operators")):
            folder = self._write(context.path)
            return dg.Definitions(assets=millrace_assets(folder, env=self.env, grace_seconds=self.grace_seconds))

    def _write(self, definitions: Path) -> Path:
        """A project that has these declarations, where the packages are found from: below `project`."""
        name = hashlib.sha256(str(definitions).encode()).hexdigest()[:8]
        folder = self.project / ".millrace" / "declared" / f"{definitions.name}-{name}"
        # JSON is YAML.
        declared = {"directory": str(self.project), "operators": list(self.operators)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / "package.json", {"name": "declared", "private": True, "type": "module"})
            _replace(folder / "operators.yaml", declared)
        except OSError as error:
            fix = "Let Dagster write there, or declare the operators in an operators.yaml of the project"
            raise MillraceError("DECLARED_FOLDER", f"{folder} can not be written: {error}", fix) from error
        return folder


def _replace(file: Path, content: Any) -> None:
    """Writes a file where it is not so already: its time tells whether something has changed."""
    text = json.dumps(content, indent=2)
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, file)
