"""What a task makes of its process."""

import json
from types import SimpleNamespace

import pytest
from conftest import DAILY

from millrace.airflow.launch_context import load_id

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'
INTERVAL = 'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")'


def test_a_report_becomes_the_event_of_the_asset_the_return_value_and_a_copy_in_the_state_stores(run):
    result = run(
        """
        opened(); checked("not_null", true);
        materialized({
          "dagster/row_count": { type: "int", raw_value: 842 },
          "dagster/table_name": { type: "text", raw_value: "public.flights" },
          "dagster/column_schema": { type: "table_schema", raw_value: { columns: [] } },
          inserted: { type: "int", raw_value: 840 },
          rejected: { type: "int", raw_value: 2 },
          dead_letters: { type: "md", raw_value: "2 of them" },
          checkpoint_after: { type: "json", raw_value: { id: 7 } },
          preview: { type: "table", raw_value: { records: [], schema: [] } },
        }, "v1");
        closed();
        """
    )
    expected = {
        "asset": "flights",
        "row_count": 842,
        "table_name": "public.flights",
        "inserted": 840,
        "rejected": 2,
        "dead_letters": "2 of them",
        "checkpoint_after": {"id": 7},
        "data_version": "v1",
        "checks": {"not_null": "passed"},
    }
    assert result.states == {"flights": "success"}
    assert result.events("flights") == [expected]
    assert result.xcom("flights") == expected
    assert stored("task_state_store", "millrace") == {"status": "loaded", "attempt": 1, **expected}
    assert stored("asset_state_store", "last_load") == expected


def stored(table: str, key: str):
    from airflow.utils.session import create_session
    from sqlalchemy import text

    with create_session() as session:
        value = session.execute(
            text(f"SELECT value FROM {table} WHERE key = :key ORDER BY updated_at DESC LIMIT 1"), {"key": key}
        ).scalar()
    return json.loads(value) if isinstance(value, str) else value


def test_each_line_is_in_the_log_at_its_level_with_its_fields(run, capfd):
    result = run(
        f"""
        opened(); log("milestone 100%", "warning");
        const line = {{ level: "error", time: "2013-01-01", run: "x", operator: "flights", message: "batch_failed",
          run_id: "shown", chunk: 3, error: {{ message: "no", stack: "Error: no\\n    at load (a.ts:1:2)" }} }};
        console.error(JSON.stringify(line)); console.error("a plain line"); console.log("{{ no json");
        {LOADED} closed();
        """
    )
    assert result.states == {"flights": "success"}
    said = capfd.readouterr().out
    assert "[warning  ] milestone 100%" in said
    (failed,) = [line for line in said.splitlines() if "batch_failed" in line]
    assert "[error    ]" in failed and "chunk=3" in failed and "run_id_=shown" in failed and "operator=" not in failed
    assert "at load (a.ts:1:2)" in said
    assert any("a plain line" in line and "stream=stderr" in line for line in said.splitlines())
    assert any("{ no json" in line and "stream=stdout" in line for line in said.splitlines())


def test_of_ten_thousand_lines_none_is_lost_nor_is_the_last_one_without_its_end(run, capfd):
    script = """
        opened();
        for (let i = 0; i < 5_000; i++) { log(`message ${i}.`); process.stderr.write(`printed ${i}.\\n`); }
        process.stderr.write("the last words");
    """
    run(f"{script} {LOADED} closed();")
    said = capfd.readouterr().out
    assert all(f"message {i}." in said and f"printed {i}." in said for i in range(5_000))
    assert "the last words" in said


def test_the_process_knows_its_run_its_attempt_its_config_and_the_params(run, tmp_path):
    script = "writeFileSync(`${project}/context.json`, JSON.stringify(context)); opened();"
    result = run(
        f"{script} {LOADED} closed();",
        task='config={"dir": "{{ params.dir }}/{{ ds }}", "rows": 5}, retries=3',
        arguments='schedule=None, params={"dir": "data"}',
        conf={"more": 1},
    )
    assert result.states == {"flights": "success"}
    context = json.loads((tmp_path / "context.json").read_text())
    dag, run_id = result.run.dag_id, result.run.run_id
    assert context["run_id"] == f"{dag}/{run_id}/flights"
    assert (context["job_name"], context["retry_number"], context["asset_keys"]) == (dag, 0, ["flights"])
    assert context["extras"]["config"] == {"dir": "data/2013-01-02", "rows": 5}
    airflow = context["extras"]["airflow"]
    assert (airflow["run_id"], airflow["task_id"], airflow["try_number"]) == (run_id, "flights", 1)
    assert airflow["params"]["dir"] == "data" and airflow["conf"] == {"more": 1}


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


RETRY = "retries=2, retry_delay=timedelta(0)"


def test_an_attempt_that_failed_is_followed_by_another_which_says_so(run, tmp_path):
    script = """
        const { appendFileSync, existsSync } = await import("node:fs");
        appendFileSync(`${project}/attempts`, `${context.run_id} ${context.retry_number}\\n`);
        opened();
        if (context.retry_number === 0) { closed(error("RetryableError", "[BUSY] later.")); process.exit(1); }
    """
    result = run(f"{script} {LOADED} closed();", task=RETRY)
    assert result.states == {"flights": "success"}
    first, second = (tmp_path / "attempts").read_text().splitlines()
    assert (first.split()[0], first.split()[1], second.split()[1]) == (second.split()[0], "0", "1")


def attempt(number: int, *, allowed: int, retries: int = 2, map_index: int = -1) -> SimpleNamespace:
    """A task instance: Airflow raises what is `allowed` each time that the task is cleared."""
    task = SimpleNamespace(retries=retries)
    names = {"dag_id": "etl", "run_id": "manual", "task_id": "flights"}
    return SimpleNamespace(**names, try_number=number, max_tries=allowed, map_index=map_index, task=task)


@pytest.mark.parametrize(
    ("task", "identity"),
    [
        (attempt(1, allowed=2), "etl/manual/flights"),
        (attempt(3, allowed=2), "etl/manual/flights"),
        # Cleared after its first attempt: it is to load anew, and not to be told that it was loaded before.
        (attempt(2, allowed=3), "etl/manual/flights#2"),
        (attempt(4, allowed=3), "etl/manual/flights#2"),
        (attempt(1, allowed=2, map_index=0), "etl/manual/flights[0]"),
        (attempt(2, allowed=1, retries=0, map_index=3), "etl/manual/flights[3]#2"),
    ],
)
def test_attempts_at_the_same_load_have_the_same_name_until_the_task_is_cleared(task, identity):
    assert load_id(task) == identity


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


REJECTED = """
materialized({ rejected: { type: "int", raw_value: 2 }, dead_letters: { type: "md", raw_value: "| 2 | BAD |" } });
"""


def test_dead_letters_have_a_link_and_an_xcom_that_tells_of_them(run):
    result = run(f"opened(); {REJECTED} closed();")
    assert result.xcom("flights", "dead_letters") == {"count": 2, "reasons": "| 2 | BAD |"}
    assert result.xcom("flights", "millrace_dead_letters_link").endswith("/tasks/flights/xcom")
    result = run(
        f"opened(); {REJECTED} closed();",
        task='partition="2013-01-05", dead_letters_url="https://grafana/d?of={operator}&day={partition}"',
        partitions=DAILY,
    )
    assert result.xcom("flights", "millrace_dead_letters_link") == "https://grafana/d?of=flights&day=2013-01-05"
    assert not run(f"opened(); {LOADED} closed();").xcom("flights", "millrace_dead_letters_link")


def test_a_connection_is_a_variable_of_the_process_and_no_secret_is_shown_anywhere(run, capfd, monkeypatch, tmp_path):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgres://etl:hunter2%2F@db:5433/wh?sslmode=require")
    result = run(
        """
        const { DATABASE_URL: url, API_TOKEN: token, REGION: region } = process.env;
        writeFileSync(`${project}/url`, `${url} ${token} ${region}`);
        console.log(`connecting to ${url} with ${token}`); console.error("the password is hunter2/ or hunter2%2F");
        opened(); log(`connected to ${url}`);
        materialized({ source: { type: "text", raw_value: url } });
        closed(process.env.FAILS ? error("Error", `no ${url} ${token}`) : undefined);
        """,
        task='conn_env={"DATABASE_URL": "warehouse"}, env={"API_TOKEN": "abcdef", "REGION": "{{ ds }}"}',
    )
    assert (tmp_path / "url").read_text() == (
        "postgresql://etl:hunter2%2F@db:5433/wh?sslmode=require abcdef 2013-01-02"
    )
    assert result.events("flights")[0]["source"] == "postgresql://etl:***@db:5433/wh?sslmode=require"
    said = capfd.readouterr()
    assert "hunter2" not in said.out + said.err and "abcdef" not in said.out + said.err
    assert "connecting to postgresql://etl:***@db:5433/wh" in said.out


def test_a_secret_in_a_rendered_template_is_not_shown(run, capfd):
    result = run(
        f"console.log(`${{process.env.LAKE}} ${{context.extras.config.password}}`); opened(); {LOADED} closed();",
        task='env={"LAKE": "s3://key:sesame@{{ ds }}/b"}, config={"password": "open {{ ds }}", "rows": 5}',
    )
    assert result.states == {"flights": "success"}
    (rendered,) = stored_rows("rendered_task_instance_fields", "rendered_fields", result.run.run_id)
    assert "s3://key:***@2013-01-02/b" in rendered and "sesame" not in rendered and "open 2013" not in rendered
    assert "sesame" not in (said := capfd.readouterr().out) and "open 2013" not in said


def stored_rows(table: str, column: str, run_id: str, by: str = "run_id") -> list[str]:
    from airflow.utils.session import create_session
    from sqlalchemy import text

    with create_session() as session:
        found = session.execute(text(f"SELECT {column} FROM {table} WHERE {by} = :run"), {"run": run_id}).scalars()
        return [value if isinstance(value, str) else json.dumps(value) for value in found]


def test_a_secret_in_an_error_is_not_shown(run, capfd, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "postgres://etl:hunter2@db:5433/wh")
    closes = (
        "closed(error('Error', `no ${process.env.DATABASE_URL}`, [`    at ${process.env.DATABASE_URL} (a.ts:1:1)`]));"
    )
    result = run(f"opened(); {closes} process.exit(1);", task='conn_env={"DATABASE_URL": "warehouse"}')
    assert result.states == {"flights": "failed"}
    said = capfd.readouterr()
    assert "hunter2" not in said.out + said.err
    assert "hunter2" not in json.dumps(stored("task_state_store", "millrace"))
