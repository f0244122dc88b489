"""Dagster's records of materializations, made one partition at a time.

The only place that relies on what Dagster does not document: it makes a materialization with all the tags Dagster
itself would give it (data version, code version, versions of the inputs), at the time the partition completes, and
then an output that lets later steps go on without recording the partitions a second time.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.definitions.assets.definition.asset_spec import AssetExecutionType
from dagster._core.definitions.source_asset import SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION
from dagster._core.execution.plan.execute_step import _get_output_asset_events

from millrace.dagster.spec import COLUMN_LINEAGE


def build_materialization(
    context: dg.AssetExecutionContext,
    asset_key: dg.AssetKey,
    partition: str,
    metadata: Mapping[str, dg.MetadataValue],
    data_version: dg.DataVersion | None,
) -> dg.AssetMaterialization:
    """The materialization of one partition of a step's asset."""
    step = context.get_step_execution_context()
    name = context.assets_def.get_output_name_for_asset_key(asset_key)
    output = dg.Output(
        None, output_name=name, metadata={**metadata, **lineage(context, asset_key)}, data_version=data_version
    )
    (event,) = _get_output_asset_events(
        asset_key,
        [partition],
        output,
        step.op_def.output_def_named(name),
        {},
        step,
        AssetExecutionType.MATERIALIZATION,
    )
    return event


def with_lineage(context: dg.AssetExecutionContext, result: Any) -> Any:
    """The result of a step with the lineage of its asset's columns."""
    if not isinstance(result, dg.MaterializeResult):
        return result
    return result._replace(metadata={**(result.metadata or {}), **lineage(context, result.asset_key)})


def lineage(context: dg.AssetExecutionContext, asset_key: dg.AssetKey) -> Mapping[str, Any]:
    """The lineage that the asset's definition has: Dagster shows that of the latest materialization."""
    defined = context.assets_def.metadata_by_key[asset_key].get(COLUMN_LINEAGE)
    return {COLUMN_LINEAGE: defined} if defined else {}


def build_recorded_output(
    asset_key: dg.AssetKey, metadata: Mapping[str, dg.MetadataValue] | None = None
) -> dg.MaterializeResult:
    """The result of a step whose materializations are recorded already; later steps of the run depend on it."""
    return dg.MaterializeResult(
        asset_key=asset_key, metadata={**(metadata or {}), SYSTEM_METADATA_KEY_SOURCE_ASSET_OBSERVATION: True}
    )
