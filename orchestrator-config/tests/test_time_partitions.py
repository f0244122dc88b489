"""Dagster and the SDK, which names the partitions of a range and their windows by itself, must mean the same."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from millrace.dagster.partitions import build_partitions
from millrace.manifest import TimePartitions

SDK = Path(__file__).parents[2] / "sdk" / "src" / "operator" / "partitions" / "time-window.ts"
ASK = """
import { timeKeysBetween, timePartition } from %s;
let text = "";
for await (const chunk of process.stdin) text += chunk;
const { partitions, keys } = JSON.parse(text);
const epoch = (text) => Date.parse(text) / 1000;
process.stdout.write(JSON.stringify({
  between: timeKeysBetween(partitions, keys[0], keys.at(-1)),
  windows: keys.map((key) => {
    const partition = timePartition(partitions, key);
    return partition ? [epoch(partition.start), epoch(partition.end)] : null;
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


def ask_sdk(partitions: TimePartitions, keys: list[str]) -> dict[str, Any]:
    described = {
        "kind": partitions.kind,
        "start": partitions.start,
        "end": partitions.end,
        "timeZone": partitions.time_zone,
    }
    answer = subprocess.run(
        [os.environ["MILLRACE_NODE"], "--input-type=module", "--eval", ASK % json.dumps(str(SDK))],
        input=json.dumps({"partitions": described, "keys": keys}),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)


@pytest.mark.parametrize(("kind", "start", "end", "time_zone"), CASES)
def test_keys_and_windows_are_the_same_on_both_sides(kind, start, end, time_zone):
    partitions = TimePartitions(kind, start, end, time_zone)
    ours = build_partitions(partitions)
    assert isinstance(ours, dg.TimeWindowPartitionsDefinition)
    keys = list(ours.get_partition_keys())
    windows = [ours.time_window_for_partition_key(key) for key in keys]
    theirs = ask_sdk(partitions, keys)
    assert theirs["between"] == keys
    assert theirs["windows"] == [[window.start.timestamp(), window.end.timestamp()] for window in windows]
