"""The tasks of a project's operators in a DAG."""

import json
from pathlib import Path

import pytest
from conftest import DAILY
from dag_runs import load_dag, test_dag, write_dag
from raw_project import operator, write_project

from millrace.errors import MillraceError

RECORDS = """
const { appendFileSync } = await import("node:fs");
appendFileSync(`${project}/ran`, `${context.asset_keys[0]} ${keys.join(",")}\\n`);
opened(); if (keys.length > 1) for (const key of keys) completed(key);
send("report_asset_materialization", { asset_key: context.asset_keys[0], metadata: {}, data_version: null }); closed();
"""
RETRY = {"maxRetries": 2, "delaySeconds": 7, "backoff": "exponential", "jitter": None}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    operators = {
        "airports": operator(RECORDS, description="Airports by their code.", pool="warehouse"),
        "flights": operator(RECORDS, dependsOn=["airports", "raw/files"], partitions=DAILY, retry=RETRY),
        "delays": operator(RECORDS, dependsOn=["flights"], partitions=DAILY),
    }
    return write_project(tmp_path, operators)


def ran(project: Path) -> list[str]:
    return (project / "ran").read_text().splitlines()


def tasks_of(body: str) -> dict:
    return load_dag(write_dag(body)).task_dict


def assets(tied: list) -> list[str]:
    return [asset.name for asset in tied]


def test_each_operator_is_a_task_after_those_that_it_depends_on_with_its_assets_and_settings(project):
    tasks = tasks_of(f'millrace_tasks("{project}", conn_env={{"DATABASE_URL": "warehouse"}})')
    assert {name: task.upstream_task_ids for name, task in tasks.items()} == {
        "airports": set(),
        "flights": {"airports"},
        "delays": {"flights"},
    }
    flights = tasks["flights"]
    assert assets(flights.outlets) == ["flights"]
    assert assets(flights.inlets) == ["airports", "raw/files"]
    assert (flights.retries, flights.retry_delay.seconds, flights.retry_exponential_backoff) == (2, 7, True)
    assert flights.conn_env == {"DATABASE_URL": "warehouse"}
    assert (tasks["airports"].pool, tasks["airports"].doc_md) == ("warehouse", "Airports by their code.")
    # One without partitions has a single table to load, whatever the run.
    assert (tasks["airports"].max_active_tis_per_dag, flights.max_active_tis_per_dag) == (1, None)


def test_operators_are_selected_and_their_tasks_changed_one_by_one(project):
    body = f"""
    millrace_tasks("{project}", select=["flights", "d*"], exclude=["x*"] if False else None, asset_prefix="nyc/",
                   config={{"flights": {{"dir": "data"}}}}, overrides={{"delays": {{"retries": 5}}}}, retries=1)
    """
    tasks = tasks_of(body)
    assert set(tasks) == {"flights", "delays"}
    assert tasks["flights"].config == {"dir": "data"}
    assert (tasks["flights"].retries, tasks["delays"].retries) == (1, 5)
    assert assets(tasks["flights"].outlets) == ["nyc/flights"]
    assert assets(tasks["flights"].inlets) == ["nyc/airports", "raw/files"]


@pytest.mark.parametrize("argument", ['select=["flihgts"]', 'config={"flihgts": {}}', 'overrides={"flihgts": {}}'])
def test_a_misspelt_name_is_an_error_with_what_is_meant(project, argument):
    with pytest.raises(MillraceError, match=r'OPERATOR_UNKNOWN.*Did you mean "flights"'):
        tasks_of(f'millrace_tasks("{project}", {argument})')


def test_a_project_is_found_from_the_file_of_the_dag(project):
    file = write_dag('millrace_tasks("project")')
    link = file.parent / "project"
    link.symlink_to(project)
    try:
        assert set(load_dag(file).task_dict) == {"airports", "flights", "delays"}
    finally:
        link.unlink()


INTERVAL = 'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")'


def test_all_run_in_a_group_of_a_dag_that_the_user_owns(project):
    result = test_dag(
        f"""
        with TaskGroup("load"):
            tasks = millrace_tasks("{project}")

        @task
        def after(): return "done"

        tasks["delays"] >> after()
        """,
        arguments=INTERVAL,
    )
    states = {"load.airports": "success", "load.flights": "success", "load.delays": "success", "after": "success"}
    assert result.states == states
    assert ran(project) == ["airports ", "flights 2013-01-01", "delays 2013-01-01"]
    assert result.events("delays")[0]["partitions"] == ["2013-01-01"]


def test_partitioned_operators_are_mapped_over_keys_that_a_task_finds_out(project):
    result = test_dag(
        f"""
        @task
        def days(): return ["2013-01-05", "2013-01-06"]

        millrace_tasks("{project}", partition=days())
        """
    )
    assert result.states == {
        "days": "success",
        "airports": "success",
        **{f"{name}[{index}]": "success" for name in ("flights", "delays") for index in (0, 1)},
    }
    assert sorted(ran(project)) == sorted(
        ["airports ", *(f"{name} 2013-01-0{day}" for name in ("flights", "delays") for day in (5, 6))]
    )
    assert [event["partitions"] for event in result.events("flights")] == [["2013-01-05"], ["2013-01-06"]]


def test_all_keys_that_a_task_finds_out_can_be_one_task(project):
    result = test_dag(
        f"""
        @task
        def days(): return ["2013-01-05", "2013-01-06"]

        MillraceOperator(task_id="flights", project="{project}", operator="flights", partition=days())
        """
    )
    assert result.states == {"days": "success", "flights": "success"}
    assert ran(project) == ["flights 2013-01-05,2013-01-06"]


def test_a_dag_is_written_and_read_again_as_airflows_processor_and_scheduler_do(project):
    from airflow.serialization.serialized_objects import DagSerialization

    dag = load_dag(write_dag(f'millrace_tasks("{project}")'))
    serialized = DagSerialization.serialize_dag(dag)
    json.dumps(serialized)
    again = DagSerialization.deserialize_dag(serialized)
    assert set(again.task_dict) == {"airports", "flights", "delays"}
    assert [link.name for link in again.task_dict["flights"].operator_extra_links] == ["Dead letters"]
