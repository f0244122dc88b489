"""What a step makes of its process."""

from dataclasses import replace

import dagster as dg
import pytest
from conftest import DAILY
from raw_project import operator, write_project

from millrace.dagster import millrace_assets
from millrace.dagster.settings import default_settings

DAYS = ("2013-01-01", "2013-01-03")


def failure(result: dg.ExecuteInProcessResult) -> dg.DagsterEvent:
    """The step's failure; a run that did not fail, or failed elsewhere, is an error."""
    assert not result.success
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data


def description(result: dg.ExecuteInProcessResult) -> str:
    return failure(result).user_failure_data.description


def materialized(result: dg.ExecuteInProcessResult, node: str = "flights") -> list[str | None]:
    return [event.partition for event in result.asset_materializations_for_node(node)]


def test_a_report_becomes_a_materialization_with_its_metadata_and_data_version(run):
    result = run('opened(); materialized({ rows: { type: "int", raw_value: 842 } }, "v1"); closed();')
    assert result.success
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["rows"] == dg.MetadataValue.int(842)
    assert event.tags["dagster/data_version"] == "v1"


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


def test_the_javascript_error_is_the_failure_with_its_stack_and_cause(run, tmp_path):
    result = run(
        """
        opened();
        const transform = () => { throw new TypeError("distance is not a number"); };
        try { transform(); } catch (thrown) {
          closed({
            ...error("FatalError", "[TRANSFORM] it failed.", thrown.stack.split("\\n").slice(1)),
            cause: error("TypeError", thrown.message, thrown.stack.split("\\n").slice(1)),
          });
          process.exit(1);
        }
        """
    )
    data = failure(result)
    assert data.user_failure_data.description == "FatalError: [TRANSFORM] it failed."
    assert "Caused by: TypeError: distance is not a number" in data.user_failure_data.metadata["stack"].value
    fatal = data.error.cause
    assert (fatal.cls_name, fatal.cause.cls_name) == ("FatalError", "TypeError")
    innermost = fatal.cause.stack[-1]
    assert f'"{tmp_path}/operators/flights.mjs", line 5, in transform' in innermost
    assert 'throw new TypeError("distance is not a number")' in innermost


def test_an_exception_with_exit_code_0_fails_the_step(run):
    assert "Error: no" in description(run('opened(); materialized(); closed(error("Error", "no"));'))


def test_exit_code_0_without_a_word_fails_the_step(run):
    assert "without the message `opened`" in description(run("materialized();"))
    assert "without the message `closed`" in description(run("opened(); materialized();"))


def test_a_materialization_that_was_not_reported_fails_the_step(run):
    assert "reported no materialization of flights" in description(run("opened(); closed();"))


def test_a_process_that_can_not_say_what_was_wrong_fails_with_the_end_of_its_standard_error(run):
    result = run('console.error("Error: Cannot find module zod"); process.exit(7);')
    assert "exit code 7" in description(result)
    assert "Error: Cannot find module zod" in description(result)


@pytest.mark.parametrize(
    "bad",
    [
        r'write("\n");',
        r'write("console output\n");',
        r'write("[]\n");',
        'send("no_such_method", {});',
        'log("x", "notice");',
        'send("log", { message: "x", level: "info", more: 1 });',
        'send("log", { message: 7, level: "info" });',
        'send("report_asset_check", { asset_key: "flights" });',
        "materialized({ rows: 5 });",
        "materialized({}, 5);",
        'send("closed", { exception: null });',
        "completed(keys[0]);",
        "checkedPartition(keys[0], 'none', true);",
    ],
)
def test_a_message_that_can_not_be_understood_fails_the_step_though_the_process_ended_well(run, bad):
    assert "can not be understood" in description(run(f"opened(); materialized(); {bad} closed();"))


def test_a_process_that_prints_where_messages_go_does_not_flood_the_event_log(run, instance):
    result = run("opened(); for (let i = 0; i < 2_000; i++) write(`row ${i}\\n`); materialized(); closed();")
    assert "row 0" in description(result)
    assert len([log for log in instance.all_logs(result.run_id) if "can not be understood" in log.user_message]) < 100


def test_a_message_that_breaks_off_fails_the_step(run):
    assert "in the middle of a message" in description(run('opened(); materialized(); closed(); write("{");'))


def test_a_message_that_comes_in_parts_is_taken_when_it_is_whole(run):
    result = run(
        """
        opened(); materialized();
        const line = JSON.stringify({ __dagster_pipes_version: "0.1", method: "log", params: { message: "größer" } });
        for (const byte of Buffer.from(`${line}\\n`)) {
          write(Buffer.from([byte]));
          if (byte % 16 === 0) await sleep(20);
        }
        closed();
        """
    )
    assert result.success


def test_a_message_of_nearly_a_megabyte_arrives(run):
    result = run(
        'opened(); materialized({ text: { type: "text", raw_value: "ü".repeat(450_000) } }); closed();',
    )
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["text"].value == "ü" * 450_000


def test_of_ten_thousand_log_messages_none_is_lost_and_few_reach_the_event_log(run, instance, capfd):
    result = run("opened(); for (let i = 0; i < 10_000; i++) log(`line ${i}.`); materialized(); closed();")
    assert result.success
    logged = [entry.user_message for entry in instance.all_logs(result.run_id) if entry.dagster_event is None]
    written = capfd.readouterr().err
    lines = [message for message in logged if message.startswith("line")]
    assert len(lines) < 100
    assert lines[0] == "line 0."
    assert all(f"line {i}." in written for i in range(10_000))
    assert any("more messages are in the compute log" in message for message in logged)


def test_what_the_process_prints_reaches_the_compute_log(run, capfd):
    run('console.log("to stdout"); console.error("to stderr"); opened(); materialized(); closed();')
    written = capfd.readouterr()
    assert "to stdout" in written.out
    assert "to stderr" in written.err


CHECKS = [{"name": "not_null", "description": "No nulls.", "blocking": True}]


def test_a_blocking_check_that_fails_stops_later_steps(run):
    after = operator("opened(); materialized(); closed();", dependsOn=["flights"])
    result = run(
        'opened(); materialized(); checked("not_null", false); closed();', checks=CHECKS, others={"delays": after}
    )
    assert not result.success
    assert materialized(result) == [None]
    assert "delays" not in [event.step_key for event in result.all_events if event.is_step_start]


def test_a_check_that_warns_lets_later_steps_go_on(run):
    after = operator("opened(); materialized(); closed();", dependsOn=["flights"])
    result = run(
        'opened(); materialized(); checked("not_null", false, "WARN"); closed();',
        checks=CHECKS,
        others={"delays": after},
    )
    assert result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_checks_of_a_range_are_evaluated_for_each_partition(run):
    result = run(
        """
        opened();
        for (const key of keys) { completed(key); checkedPartition(key, "not_null", key !== "2013-01-02"); }
        materialized(); closed();
        """,
        days=DAYS,
        checks=CHECKS,
        others={"delays": DOWNSTREAM},
    )
    evaluations = [(evaluation.partition, evaluation.passed) for evaluation in result.get_asset_check_evaluations()]
    assert evaluations == [("2013-01-01", True), ("2013-01-02", False), ("2013-01-03", True)]
    assert materialized(result) == ["2013-01-01", "2013-01-02", "2013-01-03"]
    assert not result.success
    assert materialized(result, "delays") == []


def test_the_configuration_of_the_run_reaches_the_process_with_its_defaults(run):
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 3}}}
    result = run(
        'opened(); materialized({ config: { type: "json", raw_value: context.extras.config } }); closed();',
        configSchema=schema,
        config={"a": "x"},
    )
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["config"].value == {"a": "x", "b": 3}


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


def test_an_error_that_trying_again_can_not_help_is_not_retried(run):
    result = run('opened(); closed(error("FatalError", "[TABLE_MISSING]")); process.exit(1);', retry=RETRY)
    assert "TABLE_MISSING" in description(result)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]


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
