"""No secret is shown, whichever way it takes."""

import json

from state_stores import stored, stored_rows

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'


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
