"""What a process reports about the partitions it runs, turned into Dagster's events and kept for the step's end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._core.definitions.metadata import metadata_map_from_external

from millrace.dagster.client.javascript_error import headline
from millrace.dagster.client.recording import build_materialization

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

    @property
    def missing(self) -> list[str]:
        """The partitions of which nothing was heard."""
        return [key for key in self._keys if key not in self.completed and key not in self.failed]

    def events(self, payload: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one custom message; a message of another kind has none. Raises where it makes no sense."""
        match payload.get("type"):
            case "partition_completed":
                key = self._key(payload)
                if key not in self.completed:
                    yield build_materialization(self._context, _asset_key(payload), self._keys[key], payload)
                    self.completed.add(key)
            case "partition_failed":
                key = self._key(payload)
                self.failed[key] = payload["error"]
                self._context.log.error(f"Partition {key} failed: {headline(payload['error'])}")
            case "check_evaluated":
                yield self._check(payload)

    def _check(self, payload: Mapping[str, Any]) -> dg.AssetCheckEvaluation:
        asset_key, name = _asset_key(payload), payload["check_name"]
        spec = self._checks.get(dg.AssetCheckKey(asset_key, name))
        if spec is None:
            raise ValueError(f"{asset_key.to_user_string()} has no check {name!r}")
        return dg.AssetCheckEvaluation(
            asset_key=asset_key,
            check_name=name,
            passed=payload["passed"],
            metadata=metadata_map_from_external(payload.get("metadata") or {}),
            severity=dg.AssetCheckSeverity(payload["severity"]),
            blocking=spec.blocking,
            partition=self._key(payload) if spec.partitions_def else None,
        )

    def _key(self, payload: Mapping[str, Any]) -> str:
        key = payload["partition"]
        if key not in self._keys:
            raise ValueError(f"partition {key!r} was not asked for")
        return key


def _asset_key(payload: Mapping[str, Any]) -> dg.AssetKey:
    return dg.AssetKey(list(payload["asset_key"]))
