"""Which partitions of an operator a run of a DAG is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from millrace.airflow.time_partitions import InTime, is_key, key_at, keys_ending_within
from millrace.errors import MillraceError
from millrace.manifest import MultiPartitions, Operator, Partitions, StaticPartitions

Context = Mapping[str, Any]

WINDOW_FIX = (
    'Give the DAG schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC") of airflow.sdk, or a partition '
    "timetable such as CronPartitionTimetable, or give the operator partition=…"
)


def choose_partitions(operator: Operator, context: Context, asked: str | Sequence[str] | None) -> list[str]:
    """The keys to run, in order; none for an operator without partitions.

    What was `asked` for comes first, then the run's own partition, then its data interval, from which the partitions
    of time are taken whose data became complete in it. Raises AirflowFailException where the run says nothing of a
    partition, AirflowSkipException where the operator has none in the interval.
    """
    if asked:
        return [asked] if isinstance(asked, str) else list(asked)
    if operator.partitions is None:
        return []
    if key := context.get("partition_key"):
        return [_own_key(operator, key, context)]
    return _keys_of_interval(operator, context)


def _own_key(operator: Operator, key: str, context: Context) -> str:
    """Airflow's key of a time is a time, by default with hours and seconds."""
    partitions = operator.partitions
    if not isinstance(partitions, InTime) or is_key(partitions, key):
        return key
    moment = context.get("partition_date") or _moment(key, partitions)
    return key_at(partitions, moment) if moment else key


def _moment(key: str, partitions: InTime) -> datetime | None:
    """A time without an offset is one of the operator's time zone."""
    try:
        moment = datetime.fromisoformat(key)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(partitions.time_zone))


def _keys_of_interval(operator: Operator, context: Context) -> list[str]:
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    keys = _keys_between(operator.partitions, start, end)
    if keys is None:
        raise _refusal(
            f'"{operator.name}" has partitions that are no times, and this run names none',
            "Give the operator partition=…, or map it: MillraceOperator.partial(…).expand(partition=[…])",
        )
    if start is None or end is None:
        raise _refusal(f'"{operator.name}" has partitions of time, and this run has no data interval', WINDOW_FIX)
    if end <= start:
        raise _refusal(
            f'"{operator.name}" has partitions of time, and the data interval of this run is empty: it begins and ends '
            f'at {start.isoformat()}, as that of a DAG with schedule="@daily" does',
            WINDOW_FIX,
        )
    if not keys:
        raise AirflowSkipException(
            f'No partition of "{operator.name}" ends in the data interval from {start.isoformat()} to '
            f"{end.isoformat()}: {operator.partitions}"
        )
    return keys


def _keys_between(partitions: Partitions | None, start: datetime | None, end: datetime | None) -> list[str] | None:
    """The keys that belong to a window; None where they have nothing to do with time."""
    if isinstance(partitions, InTime):
        return keys_ending_within(partitions, start, end) if start and end else []
    if not isinstance(partitions, MultiPartitions) or not any(
        isinstance(part, InTime) for part in partitions.dimensions.values()
    ):
        return None
    # A key of several dimensions has theirs in the order of their names.
    parts = [
        part.keys if isinstance(part, StaticPartitions) else _keys_between(part, start, end)
        for _, part in sorted(partitions.dimensions.items())
    ]
    known = [part for part in parts if part is not None]
    return ["|".join(keys) for keys in product(*known)] if len(known) == len(parts) else None


def _refusal(message: str, fix: str) -> AirflowFailException:
    return AirflowFailException(str(MillraceError("PARTITION_MISSING", message, fix)))
