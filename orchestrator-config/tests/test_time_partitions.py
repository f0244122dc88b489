"""Dagster and the SDK, which names the partitions of a range and their windows by itself, must mean the same."""

import json
import os
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from millrace.dagster.partitions import build_partitions
from millrace.manifest import CronPartitions, MultiPartitions, Partitions, StaticPartitions, TimePartitions

SDK = Path(__file__).parents[2] / "sdk" / "src" / "operator" / "partitions" / "select.ts"
ASK = """
import { selectPartitions } from %s;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const { partitions, keys } = JSON.parse(text);
const select = (asked) => selectPartitions({ name: "o", partitions }, asked);
const epoch = (text) => Date.parse(text) / 1000;
process.stdout.write(JSON.stringify({
  between: select({ kind: "range", start: keys[0], end: keys.at(-1) }).map(({ key }) => key),
  partitions: select({ kind: "keys", keys }).map(({ keys, start, end, dimensions }) => {
    const window = start ? { start, end } : Object.values(dimensions ?? {}).find(({ kind }) => kind === "time");
    return { keys, window: window ? [epoch(window.start), epoch(window.end)] : null };
  }),
}));
"""

CASES = [
    ("daily", "2013-01-01", "2014-01-01", "UTC"),
    ("daily", "2013-03-01", "2013-12-01", "America/New_York"),
    ("daily", "2018-10-01", "2019-03-01", "America/Sao_Paulo"),  # its midnight of 4 November 2018 is missing
    ("weekly", "2013-01-01", "2014-01-01", "Europe/Berlin"),
    ("monthly", "2013-01-01", "2015-01-01", "America/New_York"),
    ("monthly", "2013-01-15", "2013-12-15", "UTC"),
    ("hourly", "2013-01-01T00:00", "2013-01-03T00:00", "UTC"),
    ("hourly", "2013-03-09T00:00", "2013-03-12T00:00", "America/New_York"),
    ("hourly", "2013-11-02T00:00", "2013-11-05T00:00", "America/New_York"),
    ("hourly", "2013-10-26T00:00", "2013-10-28T00:00", "Europe/Berlin"),
]


CRONS = [
    ("0 6 * * 1-5", "2013-01-01", "2013-02-01", "UTC", "%Y-%m-%d"),
    ("0 6 * * *", "2013-01-01T06:00", "2013-02-01T06:00", "Europe/Berlin", "%Y-%m-%d"),
    ("0 */6 * * *", "2013-03-09", "2013-03-12", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("0 1-23/2 * * *", "2013-11-02", "2013-11-05", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("*/15 * * * *", "2013-03-10", "2013-03-11", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("*/15 * * * *", "2013-11-03", "2013-11-04", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("5,35 * * * *", "2013-10-26", "2013-10-28", "Europe/Berlin", "%Y-%m-%d-%H:%M"),
    ("30 2 * * *", "2013-03-08", "2013-03-14", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("0,30 2 * * *", "2013-03-08", "2013-03-14", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("30 1 * * *", "2013-11-01", "2013-11-07", "America/New_York", "%Y-%m-%d-%H:%M"),
    ("30 0 * * *", "2013-10-30", "2013-11-07", "America/Havana", "%Y-%m-%d-%H:%M"),
    ("0 0 * * *", "2018-11-01", "2018-11-10", "America/Sao_Paulo", "%Y-%m-%d"),
    ("0 3 1,15 * *", "2013-01-01", "2014-01-01", "Europe/Berlin", "%Y-%m-%d"),
    ("0 12 1 1,4,7,10 *", "2013-01-01", "2015-01-01", "Asia/Tokyo", "%Y-%m-%d"),
    ("0 0 13 * 5", "2013-01-01", "2014-01-01", "UTC", "%Y-%m-%d"),
    ("0 22 * * 0", "2013-03-01", "2013-12-01", "Australia/Sydney", "%Y-%m-%d"),
]


def describe(partitions: Partitions) -> dict[str, Any]:
    """The partitions as the manifest has them."""
    match partitions:
        case MultiPartitions(dimensions):
            return {"kind": "multi", "dimensions": {name: describe(part) for name, part in dimensions.items()}}
        case StaticPartitions(keys):
            return {"kind": "static", "keys": keys}
        case TimePartitions(kind, start, end, time_zone):
            return {"kind": kind, "start": start, "end": end, "timeZone": time_zone}
        case CronPartitions(cron, start, end, time_zone, key_format):
            window = {"start": start, "end": end, "timeZone": time_zone, "format": key_format}
            return {"kind": "cron", "cron": cron, **window}


def ask_sdk(partitions: Partitions, keys: list[str]) -> dict[str, Any]:
    answer = subprocess.run(
        [os.environ["MILLRACE_NODE"], "--input-type=module", "--eval", ASK % json.dumps(str(SDK))],
        input=json.dumps({"partitions": describe(partitions), "keys": keys}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


def check_same(partitions: Partitions) -> None:
    ours = build_partitions(partitions)
    assert isinstance(ours, dg.TimeWindowPartitionsDefinition | dg.MultiPartitionsDefinition)
    keys = list(ours.get_partition_keys())
    windows = [ours.time_window_for_partition_key(key) for key in keys]
    assert len(keys) > 3
    theirs = ask_sdk(partitions, [str(key) for key in keys])
    assert theirs["between"] == keys
    assert [partition["window"] for partition in theirs["partitions"]] == [
        [window.start.timestamp(), window.end.timestamp()] for window in windows
    ]


@pytest.mark.parametrize(("kind", "start", "end", "time_zone"), CASES)
def test_keys_and_windows_are_the_same_on_both_sides(kind, start, end, time_zone):
    check_same(TimePartitions(kind, start, end, time_zone))


@pytest.mark.parametrize(("cron", "start", "end", "time_zone", "key_format"), CRONS)
def test_windows_of_a_schedule_are_the_same_on_both_sides(cron, start, end, time_zone, key_format):
    check_same(CronPartitions(cron, start, end, time_zone, key_format))


def test_partitions_of_two_dimensions_are_the_same_on_both_sides():
    dates = TimePartitions("daily", "2013-03-08", "2013-03-13", "America/New_York")
    regions = StaticPartitions(("us", "eu", "asia"))
    for names in (("date", "region"), ("when", "by")):
        partitions = MultiPartitions(dict(zip(names, (dates, regions), strict=True)))
        check_same(partitions)
        keys = [str(key) for key in build_partitions(partitions).get_partition_keys()]
        for key, partition in zip(
            build_partitions(partitions).get_partition_keys(), ask_sdk(partitions, keys)["partitions"], strict=True
        ):
            assert partition["keys"] == key.keys_by_dimension


def test_every_key_of_a_repeated_hour_has_its_own_window_where_dagster_gives_them_the_same():
    partitions = CronPartitions("0,30 1 * * *", "2013-11-01", "2013-11-07", "America/New_York", "%Y-%m-%d-%H:%M")
    keys = list(build_partitions(partitions).get_partition_keys())
    windows = [partition["window"] for partition in ask_sdk(partitions, keys)["partitions"]]
    assert [end for _, end in windows[:-1]] == [start for start, _ in windows[1:]]
    second_time = datetime.fromisoformat("2013-11-03T01:30:00-05:00").timestamp()
    assert windows[keys.index("2013-11-03-01:30")][0] == second_time
