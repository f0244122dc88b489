"""What a task says of a process that failed, skipped or checked."""

import pytest
from state_stores import stored

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'


RETRY = "retries=2, retry_delay=timedelta(0)"


def test_the_javascript_error_is_the_failure_with_its_stack_and_causes(run, tmp_path, capfd):
    result = run(
        """
        opened();
        const transform = () => { throw new TypeError("distance is not a number"); };
        try { transform(); } catch (thrown) {
          closed({
            ...error("RetryableError", "[TRANSFORM] it failed.", thrown.stack.split("\\n").slice(1)),
            cause: error("TypeError", thrown.message, thrown.stack.split("\\n").slice(1)),
          });
          process.exit(1);
        }
        """
    )
    assert result.states == {"flights": "failed"}
    assert result.events("flights") == []
    said = capfd.readouterr().out
    assert "RetryableError: [TRANSFORM] it failed." in said
    assert "TypeError: distance is not a number" in said
    assert f"{tmp_path}/operators/flights.mjs" in said
    assert 'throw new TypeError("distance is not a number")' in said
    assert stored("task_state_store", "millrace")["status"] == "failed"


@pytest.mark.parametrize(("name", "tries"), [("FatalError", 1), ("RetryableError", 3), ("TypeError", 3)])
def test_what_trying_again_can_not_help_is_not_tried_again(run, name, tries):
    result = run(f'opened(); closed(error("{name}", "no")); process.exit(1);', task=RETRY)
    assert result.states == {"flights": "failed"}
    assert result.tries == {"flights": tries}


def test_an_operator_that_has_nothing_to_do_skips_its_task(run):
    result = run('opened(); closed(error("SkipError", "[SKIPPED] no file today.")); process.exit(1);', task=RETRY)
    assert result.states == {"flights": "skipped"}
    assert result.events("flights") == []


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("", "without the message `opened`"),
        (f"opened(); {LOADED}", "without the message `closed`"),
        ("opened(); closed();", "reported no materialization"),
        (f'opened(); {LOADED} closed(error("Error", "no"));', "Error: no"),
        (f"opened(); {LOADED} closed(); process.exit(7);", "exit code 7"),
        ('console.error("Cannot find module zod"); process.exit(7);', "Cannot find module zod"),
        (f'opened(); {LOADED} closed(); process.kill(process.pid, "SIGKILL");', "killed by signal 9"),
        (f'opened(); {LOADED} closed(); write("{{");', "in the middle of a message"),
        (f'opened(); {LOADED} write("console output\\n"); closed();', "can not be understood"),
        (f'opened(); {LOADED} log("x", "notice"); closed();', "can not be understood"),
        (f'opened(); {LOADED} send("no_such_method", {{}}); closed();', "can not be understood"),
        (f"opened(); {LOADED} {LOADED} closed();", "was reported before"),
        ("opened(); materialized({ rows: 5 }); closed();", "can not be understood"),
    ],
)
def test_a_process_that_did_not_do_its_work_fails_the_task(run, capfd, script, said):
    result = run(script)
    assert result.states == {"flights": "failed"}
    assert result.events("flights") == []
    assert said in capfd.readouterr().out


def test_a_check_that_fails_fails_the_task_and_tells_nobody_that_the_asset_is_new(run, capfd):
    result = run(f'opened(); {LOADED} checked("row_count", false); closed();', task=RETRY)
    assert result.states == {"flights": "failed"}
    assert result.tries == {"flights": 1}
    assert result.events("flights") == []
    assert "checks did not pass" in capfd.readouterr().out


def test_a_check_that_warns_is_a_warning(run, capfd):
    result = run(f'opened(); {LOADED} checked("row_count", false, "WARN"); closed();')
    assert result.states == {"flights": "success"}
    assert result.events("flights")[0]["checks"] == {"row_count": "warned"}
    assert "[warning  ] The check row_count did not pass" in capfd.readouterr().out
