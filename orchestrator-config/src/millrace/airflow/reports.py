"""What an operator's process reports, kept until it has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millrace.airflow.task_log import LEVELS, TaskLog
from millrace.process.javascript_error import headline
from millrace.process.messages import Item, Unreadable

LEFT_OUT = {"preview", "column_schema"}
"""Metadata that would be too much for an event of an asset: rows, and what does not change from run to run."""


@dataclass(frozen=True)
class Materialization:
    """What was loaded, of an asset or of one of its partitions."""

    asset: str
    """Its key, with `/` between the parts."""
    metadata: Mapping[str, Any]
    """As plain JSON, under the names that the SDK uses, without `dagster/`."""
    data_version: str | None


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    blocking: bool
    partition: str | None
    metadata: Mapping[str, Any]

    def __str__(self) -> str:
        found = ", ".join(f"{name}={value}" for name, value in self.metadata.items())
        where = f"{self.partition}: " if self.partition else ""
        return f"{where}{self.name}{f' ({found})' if found else ''}"


@dataclass
class Reports:
    """The reports of a process that was asked for the partitions `keys`."""

    keys: Sequence[str]
    log: TaskLog
    opened: bool = False
    closed: bool = False
    error: Mapping[str, Any] | None = None
    """The Pipes exception with which the process closed."""
    violation: str | None = None
    """What it said first that can not be understood."""
    materialized: dict[str, Materialization] = field(default_factory=dict)
    partitions: dict[str, Materialization] = field(default_factory=dict)
    failed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)

    @property
    def missing(self) -> list[str]:
        """The partitions of which nothing was heard, where there are several."""
        return [key for key in self.keys if key not in self.partitions and key not in self.failed]

    def take(self, item: Item) -> None:
        """Takes a message; one that makes no sense is remembered, for it fails the task."""
        try:
            if isinstance(item, Unreadable):
                raise ValueError(item.reason)
            self._take(item["method"], item["params"])
        except Exception as error:
            shown = item.line if isinstance(item, Unreadable) else str(item)[:500]
            if self.violation is None:
                self.violation = f"{type(error).__name__}: {error}\n{shown}"
                self.log.write("error", f"A message that can not be understood: {self.violation}")

    def _take(self, method: str, params: Any) -> None:
        match method:
            case "opened":
                self.opened = True
            case "closed":
                self.closed = True
                self.error = _exception(params["exception"]) if "exception" in params else None
            case "log":
                message, level = params["message"], str(params["level"]).lower()
                if not isinstance(message, str) or level not in LEVELS:
                    raise ValueError(f"a log message needs a text and one of the levels {', '.join(LEVELS)}")
                self.log.write(level, message)
            case "report_asset_materialization":
                report = _materialization(params, params["asset_key"])
                if report.asset in self.materialized:
                    raise ValueError(f"the asset {report.asset!r} was reported before")
                self.materialized[report.asset] = report
            case "report_asset_check":
                self._add_check(params, None)
            case "report_custom_message":
                self._take_custom(params["payload"])
            case "log_external_stream":
                self.log.write("info", params["text"], stream=params["stream"])
            case _:
                raise ValueError(f"no message of the protocol is called {method!r}")

    def _take_custom(self, payload: Any) -> None:
        match payload.get("type") if isinstance(payload, dict) else None:
            case "partition_completed":
                key = self._key(payload)
                if key in self.partitions:
                    raise ValueError(f"partition {key!r} was reported before")
                self.partitions[key] = _materialization(payload, "/".join(payload["asset_key"]))
            case "partition_failed":
                key = self._key(payload)
                self.failed[key] = _exception(payload["error"])
                self.log.write("error", f"Partition {key} failed: {headline(payload['error'])}")
            case "check_evaluated":
                self._add_check(payload, self._key(payload))

    def _add_check(self, params: Mapping[str, Any], partition: str | None) -> None:
        passed, severity = params["passed"], params["severity"]
        if not isinstance(passed, bool) or severity not in {"WARN", "ERROR"}:
            raise ValueError("a check has passed or not, with the severity WARN or ERROR")
        check = Check(
            params["check_name"], passed, severity == "ERROR", partition, _plain(params.get("metadata") or {})
        )
        self.checks.append(check)
        if not passed:
            self.log.write("error" if check.blocking else "warning", f"The check {check} did not pass")

    def _key(self, payload: Mapping[str, Any]) -> str:
        key = payload["partition"]
        if key not in self.keys:
            raise ValueError(f"partition {key!r} was not asked for")
        return key


def _exception(error: Any) -> Mapping[str, Any]:
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        raise ValueError("an exception needs a message")
    return error


def _materialization(params: Mapping[str, Any], asset: str) -> Materialization:
    version = params.get("data_version")
    if version is not None and not isinstance(version, str):
        raise ValueError("the data version is no text")
    return Materialization(asset, _plain(params.get("metadata") or {}), version)


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    named = {name.removeprefix("dagster/"): value["raw_value"] for name, value in metadata.items()}
    return {name: value for name, value in named.items() if name not in LEFT_OUT}
