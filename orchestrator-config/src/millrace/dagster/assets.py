"""Assets of Dagster from the operators of a TypeScript project."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._utils.warnings import disable_dagster_warnings

from millrace.dagster.client.client import OperatorClient
from millrace.dagster.config_schema import build_config_schema
from millrace.dagster.partitions import build_partitions
from millrace.launcher import find_launcher
from millrace.manifest import Operator
from millrace.manifest_cache import load_manifest


def millrace_assets(
    project: str | os.PathLike[str], *, env: Mapping[str, str] | None = None, grace_seconds: float = 10
) -> list[dg.AssetsDefinition]:
    """The assets of the TypeScript project in the folder `project`, one for each operator.

    `env` is added to the environment of the operators' processes. A process that is to stop has `grace_seconds` to
    settle what it is doing before it is asked again, and then killed. Raises MillraceError when the project's manifest
    can not be had.
    """
    client = OperatorClient(find_launcher(project), env or {}, grace_seconds)
    manifest = load_manifest(project)
    keys = {operator.name: dg.AssetKey(operator.asset_key) for operator in manifest.operators}
    return [build_asset(operator, client, keys) for operator in manifest.operators]


def build_asset(operator: Operator, client: OperatorClient, keys: Mapping[str, dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset of one operator; `keys` has the asset keys of the project's operators by name."""
    spec = build_spec(operator, client.launcher.project, keys)

    @dg.multi_asset(
        name=re.sub(r"\W", "_", operator.name),
        description=operator.description,
        specs=[spec],
        check_specs=_check_specs(operator, spec),
        config_schema=build_config_schema(operator.config_schema),
        # Without partitions too: `dagster asset materialize --partition-range` demands it of all that run together.
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=operator.retry and dg.RetryPolicy(operator.retry.max_retries, operator.retry.delay_seconds),
        pool=operator.pool,
    )
    def run_operator(context: dg.AssetExecutionContext):
        yield from client.run(context, operator.name)

    return run_operator


def build_spec(operator: Operator, project: Path, keys: Mapping[str, dg.AssetKey]) -> dg.AssetSpec:
    """What Dagster's catalog shows of an operator."""
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
        metadata=_metadata(operator, project),
    )


def _check_specs(operator: Operator, spec: dg.AssetSpec) -> Sequence[dg.AssetCheckSpec]:
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
