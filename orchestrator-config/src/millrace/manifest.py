"""What `millrace manifest` says about a project's operators, as types."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from millrace.errors import MillraceError

MANIFEST_VERSION = 1


@dataclass(frozen=True)
class TimePartitions:
    kind: str
    """`hourly`, `daily`, `weekly` or `monthly`."""
    start: str
    """Local time in `time_zone`: `2013-01-01` or `2013-01-01T00:00`."""
    end: str | None
    """Exclusive; None while partitions go on to the present."""
    time_zone: str


@dataclass(frozen=True)
class CronPartitions:
    """From each tick of a schedule to the next."""

    cron: str
    start: str
    """As of `TimePartitions`, like the two below."""
    end: str | None
    time_zone: str
    format: str
    """Of the keys, as `strftime` has it."""


@dataclass(frozen=True)
class StaticPartitions:
    keys: Sequence[str]


@dataclass(frozen=True)
class DynamicPartitions:
    name: str


@dataclass(frozen=True)
class MultiPartitions:
    dimensions: Mapping[str, "Partitions"]


Partitions = TimePartitions | CronPartitions | StaticPartitions | DynamicPartitions | MultiPartitions


@dataclass(frozen=True)
class Check:
    name: str
    description: str | None
    blocking: bool


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    nullable: bool


@dataclass(frozen=True)
class Target:
    table: str
    """With its schema: `public.flights`."""
    columns: Sequence[Column]


@dataclass(frozen=True)
class ColumnOrigin:
    """A column of another asset."""

    operator: str | None
    """The operator of this project that loads it, if one does."""
    asset_key: Sequence[str]
    column: str


@dataclass(frozen=True)
class Retry:
    max_retries: int
    delay_seconds: float
    backoff: str | None = None
    """`linear` or `exponential`."""
    jitter: str | None = None
    """`full` or `plus-minus`."""


@dataclass(frozen=True)
class CronAutomation:
    cron: str
    time_zone: str


Automation = str | CronAutomation
"""`eager`, `on-missing`, or at the ticks of a schedule."""


@dataclass(frozen=True)
class AgeFreshness:
    fail_minutes: float
    warn_minutes: float | None


@dataclass(frozen=True)
class DeadlineFreshness:
    deadline_cron: str
    within_minutes: float
    time_zone: str


Freshness = AgeFreshness | DeadlineFreshness


@dataclass(frozen=True)
class Operator:
    name: str
    asset_key: Sequence[str]
    description: str | None
    group: str | None
    kinds: Sequence[str]
    owners: Sequence[str]
    tags: Mapping[str, str]
    file: str
    """Relative to the project."""
    code_version: str
    partitions: Partitions | None
    depends_on: Sequence[str]
    """Names of operators of this project, or keys of other assets as `a/b`."""
    config_schema: Mapping[str, Any]
    """JSON Schema of the configuration, before defaults are filled in."""
    checks: Sequence[Check]
    target: Target | None
    load_strategy: str | None
    retry: Retry | None
    pool: str | None
    automation: Automation | None = None
    freshness: Freshness | None = None
    lineage: Mapping[str, Sequence[ColumnOrigin]] = field(default_factory=dict)
    """The origins of the target's columns, as far as they are known."""


@dataclass(frozen=True)
class Manifest:
    sdk_version: str
    operators: Sequence[Operator]

    def operator(self, name: str) -> Operator:
        """The operator of that name; raises MillraceError OPERATOR_UNKNOWN, with the names there are."""
        for operator in self.operators:
            if operator.name == name:
                return operator
        names = [operator.name for operator in self.operators]
        close = get_close_matches(name, names, n=1)
        hint = f'Did you mean "{close[0]}"?' if close else f"There are: {', '.join(sorted(names)) or 'none'}"
        raise MillraceError("OPERATOR_UNKNOWN", f'The project has no operator "{name}"', hint)


def parse_manifest(data: Mapping[str, Any]) -> Manifest:
    """Reads a manifest; raises MillraceError MANIFEST_INVALID where it is not one this version understands."""
    version = data.get("manifestVersion")
    if version != MANIFEST_VERSION:
        raise MillraceError(
            "MANIFEST_INVALID",
            f"The manifest has version {version!r}, but this package reads version {MANIFEST_VERSION}",
            "Install versions of @millrace/sdk and of the Python package millrace that were released together",
        )
    try:
        return Manifest(data["sdkVersion"], tuple(_operator(operator) for operator in data["operators"]))
    except (KeyError, TypeError, ValueError) as error:
        raise MillraceError("MANIFEST_INVALID", f"The manifest could not be read: {error!r}") from error


def _name(name: str) -> str:
    """An argument of the command that runs it: what begins with `-` would be an option."""
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise ValueError(f"an operator's name is letters, digits and _: {name!r}")
    return name


def _operator(data: Mapping[str, Any]) -> Operator:
    load, target, partitions = data.get("load"), data.get("target"), data["partitions"]
    retry = data.get("retry")
    return Operator(
        name=_name(data["name"]),
        asset_key=tuple(data["assetKey"]),
        description=data["description"],
        group=data["group"],
        kinds=tuple(data["kinds"]),
        owners=tuple(data["owners"]),
        tags=data["tags"],
        file=data["file"],
        code_version=data["codeVersion"],
        partitions=partitions and _partitions(partitions),
        depends_on=tuple(data["dependsOn"]),
        config_schema=data["configSchema"] or {},
        checks=tuple(Check(check["name"], check.get("description"), check["blocking"]) for check in data["checks"]),
        target=target and Target(target["table"], tuple(Column(**column) for column in target["columns"])),
        load_strategy=load and load["strategy"],
        retry=retry and Retry(retry["maxRetries"], retry["delaySeconds"], retry.get("backoff"), retry.get("jitter")),
        pool=data.get("pool"),
        automation=_automation(data.get("automation")),
        freshness=_freshness(data.get("freshness")),
        lineage={entry["column"]: tuple(map(_origin, entry["from"])) for entry in data.get("lineage", ())},
    )


def _origin(data: Mapping[str, Any]) -> ColumnOrigin:
    return ColumnOrigin(data["operator"], tuple(data["assetKey"]), data["column"])


def _automation(data: Any) -> Automation | None:
    return CronAutomation(data["cron"], data["timeZone"]) if isinstance(data, Mapping) else data


def _freshness(data: Mapping[str, Any] | None) -> Freshness | None:
    if data is None:
        return None
    if "deadlineCron" in data:
        return DeadlineFreshness(data["deadlineCron"], data["withinMinutes"], data["timeZone"])
    return AgeFreshness(data["failMinutes"], data["warnMinutes"])


def _partitions(data: Mapping[str, Any]) -> Partitions:
    match data["kind"]:
        case "hourly" | "daily" | "weekly" | "monthly" as kind:
            return TimePartitions(kind, data["start"], data["end"], data["timeZone"])
        case "cron":
            return CronPartitions(data["cron"], data["start"], data["end"], data["timeZone"], data["format"])
        case "static":
            return StaticPartitions(tuple(data["keys"]))
        case "dynamic":
            return DynamicPartitions(data["name"])
        case "multi":
            return MultiPartitions({name: _partitions(part) for name, part in data["dimensions"].items()})
        case kind:
            raise ValueError(f"unknown kind of partitions {kind!r}")
