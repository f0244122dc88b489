"""What a process reports about the partitions it runs, turned into Dagster's events and kept for the step's end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.metadata import metadata_map_from_external

from millrace.dagster.client.recording import build_materialization
from millrace.process.javascript_error import headline

Event = dg.AssetMaterialization | dg.AssetCheckEvaluation


class PartitionReports:
    """The reports of a process that runs several partitions in one step."""

    def __init__(self, context: dg.AssetExecutionContext, keys: Sequence[str]) -> None:
        self._context = context
        # The key as Dagster has it: one of several dimensions is more than its text.
        self._keys = {str(key): key for key in keys}
        self._checks = {spec.key: spec for spec in context.assets_def.check_specs}
        self.completed: set[str] = set()
        self.failed: dict[str, Mapping[str, Any]] = {}
        self.blocking: list[dg.AssetCheckEvaluation] = []
        """Failed checks that later steps must not pass."""

    @property
    def missing(self) -> list[str]:
        """The partitions of which nothing was heard."""
        return [key for key in self._keys if key not in self.completed and key not in self.failed]

    def events(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one custom message; a message of another kind has none. Raises where it makes no sense."""
        match payload.get("type"):
            case "partition_completed":
                yield from self._completion(payload)
            case "partition_failed":
                key = self._key(payload)
                self.failed[key] = payload["error"]
                self._context.log.error(f"Partition {key} failed: {headline(payload['error'])}")
            case "check_evaluated":
                yield self._check(payload)

    def events_of_results(self, results: Sequence[Any]) -> Iterator[Event]:
        """The events of what a process with one partition reported, in the way of a process with several."""
        (key,) = self._keys.values()
        for result in results:
            if isinstance(result, dg.MaterializeResult):
                yield build_materialization(self._context, result.asset_key, key, result.metadata, result.data_version)
            else:
                yield self._evaluation(result, str(key))

    def _completion(self, payload: Mapping[str, Any]) -> Iterator[dg.AssetMaterialization]:
        key, version = self._key(payload), payload.get("data_version")
        if key in self.completed:
            raise ValueError(f"partition {key!r} was reported before")
        yield build_materialization(
            self._context,
            _asset_key(payload),
            self._keys[key],
            metadata_map_from_external(payload.get("metadata") or {}),
            None if version is None else dg.DataVersion(version),
        )
        self.completed.add(key)

    def _check(self, payload: Mapping[str, Any]) -> dg.AssetCheckEvaluation:
        key = self._key(payload)
        result = dg.AssetCheckResult(
            asset_key=_asset_key(payload),
            check_name=payload["check_name"],
            passed=payload["passed"],
            metadata=metadata_map_from_external(payload.get("metadata") or {}),
            severity=dg.AssetCheckSeverity(payload["severity"]),
        )
        return self._evaluation(result, key)

    def _evaluation(self, result: dg.AssetCheckResult, partition: str) -> dg.AssetCheckEvaluation:
        spec = self._checks.get(dg.AssetCheckKey(result.asset_key, result.check_name))
        if spec is None:
            raise ValueError(f"{result.asset_key.to_user_string()} has no check {result.check_name!r}")
        evaluation = dg.AssetCheckEvaluation(
            asset_key=result.asset_key,
            check_name=result.check_name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            blocking=spec.blocking,
            partition=partition if spec.partitions_def else None,
        )
        if spec.blocking and not result.passed and result.severity == dg.AssetCheckSeverity.ERROR:
            self.blocking.append(evaluation)
        return evaluation

    def _key(self, payload: Mapping[str, Any]) -> str:
        key = payload["partition"]
        if key not in self._keys:
            raise ValueError(f"partition {key!r} was not asked for")
        return key


def _asset_key(payload: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey(list(payload["asset_key"]))
