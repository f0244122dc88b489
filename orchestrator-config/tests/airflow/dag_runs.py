"""DAGs in files, as Airflow demands them, run by `dag.test()`, and what it has recorded of them."""

import importlib.util
import itertools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pendulum
from conftest import HOME

NUMBERS = itertools.count()
HEADER = """
import pendulum
from datetime import timedelta
from airflow.sdk import *
from millrace.airflow import MillraceOperator, millrace_tasks
"""


@dataclass(frozen=True)
class DagResult:
    """What a run of a DAG has left."""

    dag: Any
    run: Any

    @property
    def states(self) -> dict[str, str]:
        """The states of the tasks, `name` or `name[index]`."""
        return {_name(task): str(task.state) for task in self._tasks()}

    @property
    def tries(self) -> dict[str, int]:
        return {_name(task): task.try_number for task in self._tasks()}

    def _tasks(self) -> list[Any]:
        from airflow.models.taskinstance import TaskInstance
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = select(TaskInstance).where(TaskInstance.run_id == self.run.run_id)
            tasks = list(session.scalars(query.where(TaskInstance.dag_id == self.run.dag_id)))
            session.expunge_all()
        return tasks

    def xcom(self, task_id: str, key: str = "return_value") -> Any:
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session

        with create_session() as session:
            query = XComModel.get_many(
                run_id=self.run.run_id, dag_ids=self.run.dag_id, task_ids=task_id, key=key, limit=None
            )
            values = [XComModel.deserialize_value(row) for row in session.scalars(query)]
        return values[0] if len(values) == 1 else values or None

    def events(self, asset: str) -> list[dict[str, Any]]:
        """The `extra` of the asset's events of this run, oldest first."""
        from airflow.models.asset import AssetEvent, AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            query = select(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            query = query.where(AssetModel.name == asset, AssetEvent.source_run_id == self.run.run_id)
            query = query.where(AssetEvent.source_dag_id == self.run.dag_id).order_by(AssetEvent.id)
            return [event.extra for event in session.scalars(query)]


def write_dag(body: str, *, arguments: str = "schedule=None") -> Path:
    """Writes a DAG of this body into Airflow's folder; it is called like its file."""
    file = HOME / "dags" / f"dag_{next(NUMBERS)}.py"
    start = "start_date=pendulum.datetime(2013, 1, 1), catchup=False"
    head = f'with DAG("{file.stem}", {start}, {arguments}) as dag:\n'
    file.write_text(HEADER + head + indent(dedent(body).strip(), "    ") + "\n")
    return file


def load_dag(file: Path) -> Any:
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.dag


def test_dag(body: str, *, arguments: str = "schedule=None", day: datetime | None = None, **options: Any) -> DagResult:
    dag = load_dag(write_dag(body, arguments=arguments))
    return DagResult(dag, dag.test(logical_date=day or pendulum.datetime(2013, 1, 2), **options))


test_dag.__test__ = False


def _name(task: Any) -> str:
    return task.task_id if task.map_index < 0 else f"{task.task_id}[{task.map_index}]"
