"""Which partitions a run is about."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from millrace.airflow.partitions import choose_partitions
from millrace.manifest import CronPartitions, MultiPartitions, StaticPartitions, TimePartitions


@dataclass
class Operator:
    partitions: Any
    name: str = "flights"


def time(kind: str, zone: str = "UTC", start: str = "2013-01-01", end: str | None = None) -> Operator:
    return Operator(TimePartitions(kind, start, end, zone))


def interval(start: str, end: str, zone: str = "UTC") -> dict[str, Any]:
    moments = [datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)) for moment in (start, end)]
    return dict(zip(("data_interval_start", "data_interval_end"), moments, strict=True))


NEW_YORK, BERLIN = "America/New_York", "Europe/Berlin"


@pytest.mark.parametrize(
    ("operator", "context", "keys"),
    [
        (time("daily"), interval("2013-01-02", "2013-01-03"), ["2013-01-02"]),
        (time("daily"), interval("2013-01-02", "2013-01-05"), ["2013-01-02", "2013-01-03", "2013-01-04"]),
        (time("daily", NEW_YORK), interval("2013-03-10", "2013-03-11", NEW_YORK), ["2013-03-10"]),
        (time("daily", NEW_YORK), interval("2013-01-02", "2013-01-03"), ["2013-01-01"]),
        (time("daily", BERLIN), interval("2013-01-02", "2013-01-03"), ["2013-01-02"]),
        (time("hourly"), interval("2013-01-02T05:00", "2013-01-02T06:00"), ["2013-01-02-05:00"]),
        (time("hourly"), interval("2013-01-02T05:00", "2013-01-02T07:30"), ["2013-01-02-05:00", "2013-01-02-06:00"]),
        (
            time("hourly", NEW_YORK),
            interval("2013-11-03T05:00", "2013-11-03T07:00"),
            ["2013-11-03-01:00", "2013-11-03-01:00-0500"],
        ),
        (time("weekly"), interval("2013-01-06", "2013-01-13"), ["2013-01-06"]),
        (time("monthly"), interval("2013-01-31", "2013-02-01"), ["2013-01-01"]),
        (time("monthly"), interval("2013-01-01", "2013-04-01"), ["2013-01-01", "2013-02-01", "2013-03-01"]),
        (time("daily", end="2013-01-03"), interval("2013-01-01", "2013-02-01"), ["2013-01-01", "2013-01-02"]),
        (
            Operator(CronPartitions("30 6 * * *", "2013-01-01", None, NEW_YORK, "%Y-%m-%d-%H:%M")),
            interval("2013-03-09T06:30", "2013-03-10T06:30", NEW_YORK),
            ["2013-03-09-06:30"],
        ),
        (
            Operator(
                MultiPartitions(
                    {"day": TimePartitions("daily", "2013-01-01", None, "UTC"), "area": StaticPartitions(["eu", "us"])}
                )
            ),
            interval("2013-01-02", "2013-01-03"),
            ["eu|2013-01-02", "us|2013-01-02"],
        ),
        (Operator(None), interval("2013-01-02", "2013-01-02"), []),
        (Operator(None), {"partition_key": "eu"}, []),
    ],
)
def test_the_partitions_that_become_complete_in_the_data_interval_are_taken(operator, context, keys):
    assert choose_partitions(operator, context, None) == keys


def test_windows_that_follow_each_other_have_each_day_once_whatever_their_time_zone_and_length():
    operator = time("daily", NEW_YORK)
    hours = [datetime(2013, 3, 1, tzinfo=UTC).timestamp() + 3600 * hour for hour in range(0, 24 * 20, 7)]
    moments = [datetime.fromtimestamp(hour, UTC) for hour in hours]
    keys = []
    for start, end in pairwise(moments):
        try:
            keys += choose_partitions(operator, {"data_interval_start": start, "data_interval_end": end}, None)
        except AirflowSkipException:
            continue
    assert keys == [f"2013-{day}" for day in ["02-28", *(f"03-{day:02}" for day in range(1, 20))]]


def test_what_was_asked_for_comes_first_then_the_partition_of_the_run():
    context = {"partition_key": "2013-01-07", **interval("2013-01-02", "2013-01-03")}
    assert choose_partitions(time("daily"), context, "2013-01-09") == ["2013-01-09"]
    assert choose_partitions(time("daily"), context, ["2013-01-09", "2013-01-10"]) == ["2013-01-09", "2013-01-10"]
    assert choose_partitions(time("daily"), context, None) == ["2013-01-07"]
    assert choose_partitions(Operator(StaticPartitions(["eu"])), {"partition_key": "eu"}, None) == ["eu"]


def test_airflows_own_key_of_a_time_becomes_the_operators():
    moment = datetime(2013, 1, 7, 5, tzinfo=UTC)
    context = {"partition_key": "2013-01-07T00:00:00", "partition_date": moment}
    assert choose_partitions(time("daily", NEW_YORK), context, None) == ["2013-01-07"]
    assert choose_partitions(time("hourly", NEW_YORK), context, None) == ["2013-01-07-00:00"]
    without_date = {"partition_key": "2013-01-07T00:00:00"}
    assert choose_partitions(time("daily", NEW_YORK), without_date, None) == ["2013-01-07"]
    assert choose_partitions(time("daily", NEW_YORK), {"partition_key": "no key"}, None) == ["no key"]


@pytest.mark.parametrize(
    ("operator", "context", "said"),
    [
        (time("daily"), interval("2013-01-02", "2013-01-02"), "the data interval of this run is empty.*@daily.*Cron"),
        (time("daily"), {}, "no data interval.*CronDataIntervalTimetable"),
        (Operator(StaticPartitions(["eu"])), interval("2013-01-02", "2013-01-03"), "that are no times.*expand"),
    ],
)
def test_a_run_that_names_no_partition_is_refused_with_what_to_do(operator, context, said):
    with pytest.raises(AirflowFailException, match=rf"\[PARTITION_MISSING\].*{said}"):
        choose_partitions(operator, context, None)


def test_an_interval_in_which_no_partition_ends_is_skipped():
    with pytest.raises(AirflowSkipException, match="ends in the data interval"):
        choose_partitions(time("monthly"), interval("2013-01-02", "2013-01-03"), None)
    with pytest.raises(AirflowSkipException):
        choose_partitions(time("daily", end="2013-02-01"), interval("2013-03-02", "2013-03-03"), None)
