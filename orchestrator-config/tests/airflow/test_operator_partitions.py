"""Which partitions a task loads, and what it tells of each."""

import json

from conftest import DAILY
from state_stores import stored, stored_rows

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'


INTERVAL = 'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")'


def test_a_day_of_the_data_interval_is_the_partition(run, tmp_path):
    script = "writeFileSync(`${project}/keys.json`, JSON.stringify(keys)); opened();"
    result = run(f"{script} {LOADED} closed();", partitions=DAILY, arguments=INTERVAL)
    # The interval of a run by hand is the last complete one.
    assert json.loads((tmp_path / "keys.json").read_text()) == ["2013-01-01"]
    assert result.events("flights")[0]["partitions"] == ["2013-01-01"]


def test_an_empty_data_interval_is_refused_with_what_to_do_and_not_tried_again(run, capfd):
    result = run(f"opened(); {LOADED} closed();", partitions=DAILY, arguments='schedule="@daily"', task="retries=2")
    assert result.states == {"flights": "failed"}
    assert result.tries == {"flights": 1}
    said = capfd.readouterr().out
    assert "[PARTITION_MISSING]" in said
    assert 'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")' in said


SEVERAL = 'partition=["2013-01-01", "2013-01-02", "2013-01-03"]'


def test_several_partitions_are_one_process_with_the_totals_as_its_event(run):
    script = "opened(); for (const key of keys) completed(key, {}, `v-${key}`);"
    result = run(f"{script} {LOADED} closed();", task=SEVERAL, partitions=DAILY)
    (event,) = result.events("flights")
    assert event["partitions"] == ["2013-01-01", "2013-01-02", "2013-01-03"]
    assert event["row_count"] == 842
    assert event["data_version"]["2013-01-02"] == "v-2013-01-02"


def test_where_partitions_are_found_out_at_run_time_each_is_an_event_of_its_own(run):
    script = "opened(); for (const key of keys) completed(key);"
    at_runtime = "schedule=PartitionedAtRuntime()"
    result = run(f"{script} {LOADED} closed();", task=SEVERAL, partitions=DAILY, arguments=at_runtime)
    assert len(result.events("flights")) == 3
    assert sorted(stored_rows("asset_event", "partition_key", result.run.run_id, "source_run_id")) == [
        "2013-01-01",
        "2013-01-02",
        "2013-01-03",
    ]


def test_a_partition_that_fails_or_is_not_heard_of_fails_the_task_which_names_it(run, capfd):
    script = 'opened(); completed(keys[0]); failed(keys[1], error("FatalError", "[ROW_BAD] a bad row."));'
    result = run(
        f"{script} closed(error('FatalError', 'one failed')); process.exit(1);", task=SEVERAL, partitions=DAILY
    )
    assert result.states == {"flights": "failed"}
    said = capfd.readouterr().out
    assert "2 of 3 partitions failed, 1 are loaded." in said
    assert "2013-01-02: FatalError: [ROW_BAD] a bad row." in said
    assert "2013-01-03: was not finished" in said
    assert stored("task_state_store", "millrace")["loaded"] == ["2013-01-01"]
