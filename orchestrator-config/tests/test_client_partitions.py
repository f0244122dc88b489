"""What a step makes of a process that loads partitions."""

from dataclasses import replace

import dagster as dg
import pytest
from conftest import DAILY
from raw_project import operator, write_project
from results import description, failure, materialized

from millrace.dagster import millrace_assets
from millrace.dagster.settings import default_settings

DAYS = ("2013-01-01", "2013-01-03")


def test_a_range_is_one_process_that_records_each_partition_once_with_its_own_metadata(run):
    result = run(
        """
        opened();
        for (const key of keys) completed(key, { day: { type: "int", raw_value: Number(key.slice(-2)) } }, `v-${key}`);
        materialized({ total: { type: "int", raw_value: 3 } }); closed();
        """,
        days=DAYS,
    )
    assert result.success
    events = result.asset_materializations_for_node("flights")
    assert [(event.partition, event.metadata["day"].value) for event in events] == [
        ("2013-01-01", 1),
        ("2013-01-02", 2),
        ("2013-01-03", 3),
    ]
    assert [event.tags["dagster/data_version"] for event in events] == [f"v-{event.partition}" for event in events]
    assert {event.tags["dagster/code_version"] for event in events} == {"1"}


DOWNSTREAM = operator(
    "opened(); for (const key of keys) completed(key); materialized(); closed();",
    dependsOn=["flights"],
    partitions={"kind": "daily", "start": "2013-01-01", "end": "2014-01-01", "timeZone": "UTC"},
)


def test_later_steps_of_the_run_go_on_when_all_partitions_completed(run):
    result = run(
        "opened(); for (const key of keys) completed(key); materialized(); closed();",
        days=DAYS,
        others={"delays": DOWNSTREAM},
    )
    assert result.success
    assert materialized(result) == materialized(result, "delays") == ["2013-01-01", "2013-01-02", "2013-01-03"]


def test_a_failed_partition_is_left_out_fails_the_run_and_stops_later_steps(run, instance):
    result = run(
        """
        opened(); completed(keys[0]);
        failed(keys[1], error("RecordError", "[ROW_BAD] a bad row."));
        completed(keys[2]); closed(error("PartitionsFailedError", "1 of 3 partitions failed")); process.exit(1);
        """,
        days=DAYS,
        others={"delays": DOWNSTREAM},
    )
    assert description(result).splitlines() == [
        "1 of 3 partitions failed, 2 are materialized.",
        "2013-01-02: RecordError: [ROW_BAD] a bad row.",
    ]
    assert failure(result).user_failure_data.metadata["failed_partitions"].value == ["2013-01-02"]
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == {"2013-01-01", "2013-01-03"}
    assert instance.get_materialized_partitions(dg.AssetKey("delays")) == set()


def test_partitions_of_which_nothing_was_heard_fail_the_step(run):
    result = run("opened(); completed(keys[0]); materialized(); closed();", days=DAYS)
    assert "2013-01-02: was not finished" in description(result)


def test_a_range_of_which_nothing_is_heard_fails_though_the_process_ended_well(run):
    assert "0 are materialized" in description(run("opened(); materialized(); closed();", days=DAYS))


def test_a_partition_that_is_reported_twice_fails_the_step(run):
    script = "opened(); for (const key of keys) completed(key); completed(keys[0]); materialized(); closed();"
    assert "'2013-01-01' was reported before" in description(run(script, days=DAYS))


def test_a_process_that_dies_keeps_what_completed_before(run, instance):
    result = run('opened(); completed(keys[0]); process.kill(process.pid, "SIGKILL");', days=DAYS)
    assert description(result).startswith("2 of 3 partitions failed, 1 are materialized.")
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == {"2013-01-01"}


def test_how_many_partitions_are_loaded_at_a_time_is_said_where_it_is_set(tmp_path, instance):
    script = (
        'opened(); materialized({ parallel: { type: "text", raw_value: String(context.extras.parallel) } }); closed();'
    )
    project = write_project(tmp_path, {"flights": operator(script, partitions=DAILY)})
    for parallel, said in ((3, "3"), (None, "undefined")):
        assets = millrace_assets(project, settings=lambda each, n=parallel: replace(default_settings(each), parallel=n))
        result = dg.materialize(assets, instance=instance, partition_key="2013-01-02")
        (event,) = result.asset_materializations_for_node("flights")
        assert event.metadata["parallel"].value == said


def test_log_messages_beside_the_materializations_of_partitions_are_not_asked_for(run):
    said = '{ asked: { type: "text", raw_value: String(context.extras.log_partitions) } }'
    result = run(f"opened(); for (const key of keys) completed(key, {said}); materialized(); closed();", days=DAYS)
    assert [event.metadata["asked"].value for event in result.asset_materializations_for_node("flights")] == [
        "false"
    ] * 3


def test_one_partition_is_passed_as_keys_too(run):
    result = run(
        'opened(); materialized({ keys: { type: "json", raw_value: keys } }); closed();',
        days=("2013-01-02", "2013-01-02"),
    )
    (event,) = result.asset_materializations_for_node("flights")
    assert (event.partition, event.metadata["keys"].value) == ("2013-01-02", ["2013-01-02"])


RETRY = {"maxRetries": 2, "delaySeconds": 0}


def test_a_retry_runs_only_the_partitions_that_are_not_materialized_yet(run, instance):
    result = run(
        """
        opened(); log(`asked for ${keys.join()}`);
        if (keys.length === 1) { materialized({ last: { type: "bool", raw_value: true } }); closed(); }
        else { completed(keys[0]); closed(error("RetryableError", "lost the connection")); process.exit(1); }
        """,
        days=DAYS,
        retry=RETRY,
    )
    assert result.success
    asked = [entry.user_message for entry in instance.all_logs(result.run_id) if "asked for" in entry.user_message]
    assert asked == [
        "asked for 2013-01-01,2013-01-02,2013-01-03",
        "asked for 2013-01-02,2013-01-03",
        "asked for 2013-01-03",
    ]
    assert materialized(result) == ["2013-01-01", "2013-01-02", "2013-01-03"]
    assert result.asset_materializations_for_node("flights")[-1].metadata["last"].value is True


@pytest.mark.parametrize(
    ("partitions", "keys"),
    [
        ({"kind": "static", "keys": ["a", "b", "c"]}, ["a", "b"]),
        (
            {
                "kind": "multi",
                "dimensions": {
                    "region": {"kind": "static", "keys": ["x", "y"]},
                    "date": {"kind": "daily", "start": "2013-01-01", "end": "2013-01-03", "timeZone": "UTC"},
                },
            },
            ["2013-01-01|x", "2013-01-02|x"],
        ),
        ({"kind": "dynamic", "name": "customers"}, ["acme", "bolt"]),
    ],
)
def test_partitions_of_other_kinds_run_as_ranges_too(run, instance, partitions, keys):
    instance.add_dynamic_partitions("customers", ["acme", "bolt"])
    result = run(
        "opened(); for (const key of keys) completed(key); materialized(); closed();",
        partitions=partitions,
        days=(keys[0], keys[-1]),
    )
    assert result.success
    assert materialized(result) == keys
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == set(keys)


def test_a_partition_of_several_dimensions_is_recorded_with_each_of_them(run):
    dimensions = {"region": {"kind": "static", "keys": ["x", "y"]}, "size": {"kind": "static", "keys": ["l", "m"]}}
    result = run(
        "opened(); for (const key of keys) completed(key); materialized(); closed();",
        partitions={"kind": "multi", "dimensions": dimensions},
        days=("x|l", "y|m"),
    )
    tags = [event.tags for event in result.asset_materializations_for_node("flights")]
    assert [(tag["dagster/partition/region"], tag["dagster/partition/size"]) for tag in tags] == [
        ("x", "l"),
        ("x", "m"),
        ("y", "l"),
        ("y", "m"),
    ]
