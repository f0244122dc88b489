"""What Dagster's catalog shows of an operator."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._utils.warnings import disable_dagster_warnings

from millrace.dagster.partitions import build_partitions
from millrace.dagster.scheduling import build_automation, build_freshness
from millrace.manifest import Operator

COLUMN_LINEAGE = "dagster/column_lineage"

Translation = Callable[[Operator, dg.AssetSpec], dg.AssetSpec]
"""Changes an asset's spec: its key, its group, or anything else of it."""


def build_specs(operators: Sequence[Operator], project: Path, translate: Translation) -> dict[str, dg.AssetSpec]:
    """The specs of all operators of a project, by name, translated; they depend on each other by translated keys."""
    named = {operator.name: dg.AssetKey(operator.asset_key) for operator in operators}
    keys = {operator.name: translate(operator, _spec(operator, project, named)).key for operator in operators}
    return {operator.name: translate(operator, _spec(operator, project, keys)) for operator in operators}


def build_check_specs(operator: Operator, spec: dg.AssetSpec) -> Sequence[dg.AssetCheckSpec]:
    """The operator's checks, one for each partition of its asset."""
    with disable_dagster_warnings():  # partitions of a check are in preview
        return [
            dg.AssetCheckSpec(
                check.name,
                asset=spec.key,
                description=check.description,
                blocking=check.blocking,
                partitions_def=spec.partitions_def,
            )
            for check in operator.checks
        ]


def step_name(operator: Operator) -> str:
    """The operator's name as Dagster allows it for a step."""
    return re.sub(r"\W", "_", operator.name)


def _spec(operator: Operator, project: Path, keys: Mapping[str, dg.AssetKey]) -> dg.AssetSpec:
    return dg.AssetSpec(
        key=dg.AssetKey(operator.asset_key),
        deps=[keys.get(name) or dg.AssetKey.from_user_string(name) for name in operator.depends_on],
        description=operator.description,
        group_name=operator.group,
        kinds=set(operator.kinds),
        owners=operator.owners,
        tags=operator.tags,
        code_version=operator.code_version,
        partitions_def=build_partitions(operator.partitions),
        automation_condition=build_automation(operator.automation),
        freshness_policy=build_freshness(operator.freshness),
        metadata={**_metadata(operator, project), **_lineage(operator, keys)},
    )


def _metadata(operator: Operator, project: Path) -> dict[str, Any]:
    file = str(project / operator.file)
    with disable_dagster_warnings():  # code references are in beta
        reference = dg.LocalFileCodeReference(file_path=file, line_number=1, label=operator.file)
        references = dg.CodeReferencesMetadataValue(code_references=[reference])
    metadata: dict[str, Any] = {"dagster/code_references": references}
    if operator.load_strategy:
        metadata["millrace/load"] = operator.load_strategy
    if operator.target:
        columns = [
            dg.TableColumn(column.name, column.type, constraints=dg.TableColumnConstraints(nullable=column.nullable))
            for column in operator.target.columns
        ]
        metadata["dagster/table_name"] = operator.target.table
        metadata["dagster/column_schema"] = dg.TableSchema(columns)
    return metadata


def _lineage(operator: Operator, keys: Mapping[str, dg.AssetKey]) -> dict[str, Any]:
    """The origins of the columns, as assets whose keys may have been translated."""
    if not operator.lineage:
        return {}
    deps = {
        column: [
            dg.TableColumnDep(keys.get(origin.operator or "", dg.AssetKey(origin.asset_key)), origin.column)
            for origin in origins
        ]
        for column, origins in operator.lineage.items()
    }
    return {COLUMN_LINEAGE: dg.TableColumnLineage(deps)}
