"""Runs the example's DAGs for some days in this process, as `airflow dags test` does for one.

    python run-airflow-days.py DAG_FILE FIRST LAST

Prints a line for each run. Raises SystemExit when one has failed.
"""

import importlib.util
import sys
from datetime import date, timedelta

import pendulum
from airflow.sdk import DAG


def main(file: str, first: str, last: str) -> None:
    """Reference data once, then each day from the first to the last."""
    specification = importlib.util.spec_from_file_location("nycflights", file)
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    run(module.reference, "reference", pendulum.datetime(2013, 1, 2, tz=module.NEW_YORK))
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        # A run by hand is about the last interval that was complete at its date.
        day += timedelta(days=1)
        at = pendulum.datetime(day.year, day.month, day.day, tz=module.NEW_YORK)
        run(module.nycflights, str(day - timedelta(days=1)), at)


def run(dag: DAG, name: str, at: pendulum.DateTime) -> None:
    """One run of a DAG."""
    result = dag.test(logical_date=at)
    states = ", ".join(f"{task.task_id} {task.state}" for task in result.get_task_instances())
    print(f"\nRUN {name}: {states}", flush=True)
    # A run of a date before the DAG's first has no task, and is a success.
    if result.state != "success" or not states:
        raise SystemExit(f"{dag.dag_id} has failed for {name}: {states}")


if __name__ == "__main__":
    main(*sys.argv[1:4])
