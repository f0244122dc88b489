"""What a step makes of what its process says and prints."""

import pytest
from results import description


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
