"""The real operators of the example project, into a real PostgreSQL."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from conftest import range_tags
from dagster._core.pipes.utils import extract_message_or_forward_to_stdout
from postgres import running_postgres
from processes import is_alive, wait_for

from millrace.dagster import millrace_assets
from millrace.launcher import find_launcher

EXAMPLE = Path(__file__).parents[2] / "example-project"

MIGRATE = """
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";

const sql = postgres(server.url, { onnotice: () => {} });
await migrate(drizzle(sql), { migrationsFolder: "drizzle" });
await sql.end();
"""


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A database with the example's tables; it goes when the tests of this file are over."""
    with running_postgres(EXAMPLE, MIGRATE) as url:
        yield url


def run(
    instance: dg.DagsterInstance,
    url: str,
    days: tuple[str, str],
    *,
    select: list[str] | None = None,
    data_dir: Path | None = None,
) -> dg.ExecuteInProcessResult:
    assets = millrace_assets(EXAMPLE, select=select, env={"DATABASE_URL": url})
    job = dg.Definitions(assets=assets).resolve_implicit_global_asset_job_def()
    config = {"ops": {"flights": {"config": {"dataDir": str(data_dir)}}}} if data_dir else None
    return job.execute_in_process(instance=instance, raise_on_error=False, tags=range_tags(*days), run_config=config)


def totals(result: dg.ExecuteInProcessResult, node: str, what: str) -> list[int]:
    return [event.metadata[what].value for event in result.asset_materializations_for_node(node)]


def test_three_days_of_everything_are_one_run_and_a_second_run_changes_nothing(instance, database_url):
    first = run(instance, database_url, ("2013-01-01", "2013-01-03"))
    assert first.success
    assert totals(first, "flights", "inserted") == [842, 943, 914]
    assert totals(first, "daily_delays", "inserted") == [3, 3, 3]
    assert [len(totals(first, node, "inserted")) for node in ("airlines", "airports", "planes", "weather")] == [
        1,
        1,
        1,
        3,
    ]
    second = run(instance, database_url, ("2013-01-01", "2013-01-03"))
    assert totals(second, "flights", "inserted") + totals(second, "flights", "updated") == [0] * 6
    assert totals(second, "flights", "unchanged") == [842, 943, 914]


def test_a_broken_file_fails_its_day_with_the_error_of_the_operator_and_no_other(instance, database_url, tmp_path):
    shutil.copytree(EXAMPLE / "data" / "flights", tmp_path / "flights")
    (tmp_path / "flights" / "2013-02-02.csv.gz").write_text("no gzip")
    days = ("2013-02-01", "2013-02-03")
    broken = run(instance, database_url, days, select=["flights"], data_dir=tmp_path)
    (failed,) = [event for event in broken.all_events if event.is_step_failure]
    assert "2013-02-02: FatalError: [SOURCE_CORRUPT]" in failed.step_failure_data.user_failure_data.description
    assert any("extract/files/" in line for line in failed.step_failure_data.error.cause.stack)
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == {"2013-02-01", "2013-02-03"}
    shutil.copy(EXAMPLE / "data" / "flights" / "2013-02-02.csv.gz", tmp_path / "flights")
    repaired = run(instance, database_url, ("2013-02-02", "2013-02-02"), select=["flights"], data_dir=tmp_path)
    assert repaired.success
    assert "2013-02-02" in instance.get_materialized_partitions(dg.AssetKey("flights"))


def test_configuration_that_does_not_fit_is_refused_before_anything_is_started(instance, database_url):
    assets = millrace_assets(EXAMPLE, select=["flights"], env={"DATABASE_URL": database_url})
    with pytest.raises(dg.DagsterInvalidConfigError, match='unexpected config entry "datadir"'):
        dg.materialize(
            assets,
            instance=instance,
            partition_key="2013-01-01",
            run_config={"ops": {"flights": {"config": {"datadir": "x"}}}},
        )


def test_the_stock_client_runs_an_operator_too(instance, database_url):
    launcher = find_launcher(EXAMPLE)

    @dg.asset(
        name="flights",
        partitions_def=dg.DailyPartitionsDefinition("2013-01-01", end_date="2014-01-01"),
        check_specs=[dg.AssetCheckSpec(name, asset="flights") for name in ("row_count", "not_null_tailnum")],
    )
    def stock(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
        client = pipes.run(
            context=context,
            command=launcher.exec_argv("flights"),
            env={"DATABASE_URL": database_url},
            extras={"config": {"dataDir": "data"}},
        )
        return client.get_materialize_result()

    result = dg.materialize(
        [stock],
        instance=instance,
        partition_key="2013-03-01",
        resources={"pipes": dg.PipesSubprocessClient()},
        raise_on_error=False,
    )
    assert result.success
    assert totals(result, "flights", "inserted") == [958]


class StdoutReader(dg.PipesMessageReader):
    """Messages among what is printed, line by line, as the clients of Docker and Kubernetes read logs."""

    @contextmanager
    def read_messages(self, handler):
        self.handler = handler
        yield {"stdio": "stdout"}

    def no_messages_debug_text(self) -> str:
        return "Attempted to read messages from stdout."


def test_messages_on_standard_output_are_understood_as_clients_of_containers_read_them(instance, database_url):
    launcher = find_launcher(EXAMPLE)

    @dg.asset(
        name="flights",
        partitions_def=dg.DailyPartitionsDefinition("2013-01-01", end_date="2014-01-01"),
        check_specs=[dg.AssetCheckSpec(name, asset="flights") for name in ("row_count", "not_null_tailnum")],
    )
    def in_container(context: dg.AssetExecutionContext):
        reader = StdoutReader()
        with dg.open_pipes_session(context, dg.PipesEnvContextInjector(), reader) as session:
            done = subprocess.run(
                launcher.exec_argv("flights"),
                env={**os.environ, **session.get_bootstrap_env_vars(), "DATABASE_URL": database_url},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            for line in done.stdout.splitlines():
                extract_message_or_forward_to_stdout(reader.handler, line)
        yield from session.get_results()

    result = dg.materialize([in_container], instance=instance, partition_key="2013-03-02", raise_on_error=False)
    assert result.success
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["read"].value == event.metadata["inserted"].value > 700
    assert {check.check_name for check in result.get_asset_check_evaluations()} == {"row_count", "not_null_tailnum"}


RUN = """
import sys, json, dagster as dg
from millrace.dagster import millrace_assets
project, url, tags = json.loads(sys.argv[1])
job = dg.Definitions(assets=millrace_assets(project, select=["flights"], env={"DATABASE_URL": url}))
job.resolve_implicit_global_asset_job_def().execute_in_process(instance=dg.DagsterInstance.ephemeral(), tags=tags)
"""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_no_operator_outlives_a_dagster_that_was_killed(database_url):
    arguments = json.dumps([str(EXAMPLE), database_url, range_tags("2013-04-01", "2013-12-31")])
    dagster = subprocess.Popen([sys.executable, "-c", RUN, arguments], stderr=subprocess.PIPE, text=True)
    try:
        for line in dagster.stderr:
            if "ASSET_MATERIALIZATION" in line:
                break
        (operator,) = children(dagster.pid)
    finally:
        os.kill(dagster.pid, signal.SIGKILL)
        dagster.wait()
        dagster.stderr.close()
    wait_for(lambda: not is_alive(operator))
