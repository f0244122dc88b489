"""What a task makes of its process."""

import json

from conftest import DAILY
from state_stores import stored

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'


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
