"""Operators that `operators.yaml` declares, in a folder without TypeScript, as tasks that load a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pendulum
import pytest
from dag_runs import load_dag, test_dag, write_dag
from postgres import WORKSPACE, running_postgres

from millrace.errors import MillraceError

OPERATORS = """\
operators:
  - name: orders
    operator: csv_to_table
    description: Orders, one day a partition.
    partitions: { kind: daily, start: 2024-01-01, end: 2024-02-01 }
    retry: { maxRetries: 2, delaySeconds: 7 }
    rejects: { maxRatio: 0.5 }
    config:
      path: data/{partition}.csv
      table: orders
      createTable: true
      columns: { id: bigint not null, day: date, amount: "numeric(12,2)" }
      load: upsert
      key: [id]
      checks:
        - { check: not_null, columns: [amount], severity: warn }
        - { check: row_count, min: 1 }
  - name: orders_doubled
    operator: run_sql
    dependsOn: [orders]
    config: { path: double.sql }
  - name: orders_checked
    operator: check_table
    dependsOn: [orders_doubled]
    config:
      table: orders
      checks: [{ check: sql, name: doubled, query: "SELECT * FROM orders WHERE amount <> 3" }]
"""


@pytest.fixture
def database_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running_postgres(WORKSPACE / "operators") as url:
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", url)
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    packages = tmp_path / "node_modules" / "@millrace"
    packages.mkdir(parents=True)
    for name in ("sdk", "operators"):
        (packages / name).symlink_to(WORKSPACE / name)
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    (tmp_path / "operators.yaml").write_text(OPERATORS)
    (tmp_path / "double.sql").write_text("UPDATE orders SET amount = amount * 2")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "2024-01-02.csv").write_text("id,day,amount\n9007199254740993,2024-01-02,1.50\n2,x,1\n")
    return tmp_path


def test_declared_operators_are_tasks_that_load_and_check_their_tables(folder, database_url):
    body = f'millrace_tasks("{folder}", conn_env={{"DATABASE_URL": "warehouse"}}, retries=0)'
    schedule = 'schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC")'
    result = test_dag(body, arguments=schedule, day=pendulum.datetime(2024, 1, 3))
    tasks = result.dag.task_dict
    assert {name: task.upstream_task_ids for name, task in tasks.items()} == {
        "orders": set(),
        "orders_doubled": {"orders"},
        "orders_checked": {"orders_doubled"},
    }
    assert tasks["orders"].doc_md == "Orders, one day a partition."
    assert result.states == dict.fromkeys(tasks, "success")
    [orders] = result.events("orders")
    assert (orders["read"], orders["inserted"], orders["rejected"]) == (2, 1, 1)
    assert orders["checks"] == {"not_null_amount (wrong=0)": "passed", "row_count (wrong=0)": "passed"}
    [checked] = result.events("orders_checked")
    assert checked["checks"] == {"doubled (check=sql, wrong=0)": "passed"}


def test_a_mistake_in_the_file_is_said_with_its_line_when_the_dag_is_read(folder):
    (folder / "operators.yaml").write_text(OPERATORS.replace("load: upsert", "load: upsrt"))
    with pytest.raises(MillraceError, match=r"operators\.yaml.*line 1\d, operators\[0\]\.config\.load"):
        load_dag(write_dag(f'millrace_tasks("{folder}")'))
