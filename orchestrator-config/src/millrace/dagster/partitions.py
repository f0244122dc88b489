"""The partitions of a manifest as Dagster's."""

from datetime import datetime

import dagster as dg

from millrace.manifest import (
    CronPartitions,
    DynamicPartitions,
    MultiPartitions,
    Partitions,
    StaticPartitions,
    TimePartitions,
)

_TIME = {
    "daily": dg.DailyPartitionsDefinition,
    "weekly": dg.WeeklyPartitionsDefinition,
    "monthly": dg.MonthlyPartitionsDefinition,
}


def build_partitions(partitions: Partitions | None) -> dg.PartitionsDefinition | None:
    """Dagster's definition of the same partitions: the same keys, half open, in the same time zone."""
    match partitions:
        case None:
            return None
        case TimePartitions():
            return _time(partitions)
        case CronPartitions(cron, start, end, time_zone, key_format):
            return dg.TimeWindowPartitionsDefinition(
                start=datetime.fromisoformat(start),
                end=datetime.fromisoformat(end) if end else None,
                fmt=key_format,
                cron_schedule=cron,
                timezone=time_zone,
            )
        case StaticPartitions(keys):
            return dg.StaticPartitionsDefinition(list(keys))
        case DynamicPartitions(name):
            return dg.DynamicPartitionsDefinition(name=name)
        case MultiPartitions(dimensions):
            return dg.MultiPartitionsDefinition({name: build_partitions(part) for name, part in dimensions.items()})


def _time(partitions: TimePartitions) -> dg.TimeWindowPartitionsDefinition:
    if partitions.kind == "hourly":
        start, end = _hour(partitions.start), partitions.end and _hour(partitions.end)
        return dg.HourlyPartitionsDefinition(start_date=start, end_date=end, timezone=partitions.time_zone)
    start, end = partitions.start[:10], partitions.end and partitions.end[:10]
    return _TIME[partitions.kind](start_date=start, end_date=end, timezone=partitions.time_zone)


def _hour(moment: str) -> str:
    """`2013-01-01` or `2013-01-01T05:00` in the way that Dagster writes hours: `2013-01-01-05:00`."""
    date, _, time = moment.partition("T")
    return f"{date}-{time[:5] or '00:00'}"
