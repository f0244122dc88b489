"""A real Airflow with a database of its own, whose DAGs are run by `dag.test()`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from raw_project import operator, write_project

if TYPE_CHECKING:
    from dag_runs import DagResult

WORKSPACE_NODE = Path(__file__).parents[3] / "node_modules" / ".bin" / "node"
# A process that a test starts has the same.
HOME = Path(os.environ.get("MILLRACE_TEST_HOME") or tempfile.mkdtemp(prefix="millrace-airflow-"))

# Airflow reads its configuration when it is imported.
os.environ.update(
    AIRFLOW_HOME=str(HOME),
    AIRFLOW__CORE__DAGS_FOLDER=str(HOME / "dags"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__LOGGING__COLORED_CONSOLE_LOG="False",
)
if WORKSPACE_NODE.exists():
    os.environ.setdefault("MILLRACE_NODE", str(WORKSPACE_NODE))


@pytest.fixture(scope="session", autouse=True)
def database() -> Iterator[None]:
    """The tables of Airflow."""
    from airflow.utils.db import initdb

    (HOME / "dags").mkdir(exist_ok=True)
    initdb()
    yield
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def no_other_dags() -> None:
    for file in (HOME / "dags").glob("*.py"):
        file.unlink()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., "DagResult"]:
    """Runs a task with one operator, `flights`, of this script; `task` are more arguments of it, as Python."""

    def run(
        script: str,
        *,
        task: str = "",
        arguments: str = "schedule=None",
        day: datetime | None = None,
        conf: dict[str, Any] | None = None,
        **manifest: Any,
    ) -> "DagResult":
        from dag_runs import test_dag

        write_project(tmp_path, {"flights": operator(script, **manifest)})
        body = f'MillraceOperator(task_id="flights", project="{tmp_path}", operator="flights", {task})'
        return test_dag(body, arguments=arguments, day=day, run_conf=conf)

    return run


DAILY = {"kind": "daily", "start": "2013-01-01", "end": "2014-01-01", "timeZone": "UTC"}
