"""Which of an operator's partitions of time a window of Airflow is about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter

from millrace.manifest import CronPartitions, TimePartitions

InTime = TimePartitions | CronPartitions
HOURLY_KEY = "%Y-%m-%d-%H:%M"
DAILY_KEY = "%Y-%m-%d"


def keys_ending_within(partitions: InTime, start: datetime, end: datetime) -> list[str]:
    """The keys of the partitions that end after `start` and not after `end`: in that window their data became complete.

    For a window that is just a partition that is its key, and windows that follow each other have each partition once.
    Those outside of what the operator has are left out.
    """
    keys = []
    for begins, ends in pairwise(_starts(partitions, start)):
        if ends > end:
            break
        if _exists(partitions, begins, ends):
            keys.append(_key(partitions, begins))
    return keys


def key_at(partitions: InTime, moment: datetime) -> str:
    """The key of the partition that holds the moment."""
    return _key(partitions, next(_starts(partitions, moment)))


def is_key(partitions: InTime, key: str) -> bool:
    """Whether a text has the form of the keys of these partitions."""
    form = _form(partitions)
    try:
        return datetime.strptime(key[:16], form).strftime(form) == key[:16]
    except ValueError:
        return False


def _starts(partitions: InTime, moment: datetime) -> Iterator[datetime]:
    """When the partition that holds the moment begins, and those after it, in UTC."""
    zone = ZoneInfo(partitions.time_zone)
    local = moment.astimezone(zone)
    if isinstance(partitions, CronPartitions):
        yield from _ticks(partitions.cron, local)
    elif partitions.kind == "hourly":
        begins = moment.astimezone(UTC) - (local - local.replace(minute=0, second=0, microsecond=0))
        while True:
            yield begins
            begins += timedelta(hours=1)
    else:
        day = _first_day(partitions.kind, local)
        while True:
            yield day.replace(tzinfo=zone).astimezone(UTC)
            day = _following_day(partitions.kind, day)


def _ticks(cron: str, local: datetime) -> Iterator[datetime]:
    # The tick at the moment itself is wanted too, and cron knows of no fractions of a second.
    ticks = croniter(cron, local + timedelta(seconds=1), ret_type=datetime)
    yield ticks.get_prev().astimezone(UTC)
    while True:
        yield ticks.get_next().astimezone(UTC)


def _first_day(kind: str, local: datetime) -> datetime:
    day = local.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0, fold=0)
    if kind == "weekly":  # from Sunday
        return day - timedelta(days=(day.weekday() + 1) % 7)
    return day.replace(day=1) if kind == "monthly" else day


def _following_day(kind: str, day: datetime) -> datetime:
    if kind == "monthly":
        return (day + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if kind == "weekly" else 1)


def _exists(partitions: InTime, begins: datetime, ends: datetime) -> bool:
    zone = ZoneInfo(partitions.time_zone)
    first = datetime.fromisoformat(partitions.start).replace(tzinfo=zone)
    last = partitions.end and datetime.fromisoformat(partitions.end).replace(tzinfo=zone)
    return begins >= first and (not last or ends <= last)


def _form(partitions: InTime) -> str:
    if isinstance(partitions, CronPartitions):
        return partitions.format
    return HOURLY_KEY if partitions.kind == "hourly" else DAILY_KEY


def _key(partitions: InTime, begins: datetime) -> str:
    local = begins.astimezone(ZoneInfo(partitions.time_zone))
    key = local.strftime(_form(partitions))
    # Where clocks are put back an hour comes twice: the second one is told apart by its offset.
    return f"{key}{local:%z}" if local.fold and _form(partitions) == HOURLY_KEY else key
