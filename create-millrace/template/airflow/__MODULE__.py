"""The operators of the TypeScript project above as tasks of Airflow, a day a run.

The connection `__MODULE__` leads to the database: AIRFLOW_CONN___MODULE_CAPS__=postgresql://user:password@host:5432/database
"""

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from millrace.airflow import millrace_tasks

with DAG(
    "__MODULE__",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
    end_date=pendulum.datetime(2024, 1, 3, tz="UTC"),
    catchup=False,
    max_active_runs=2,
    tags=["millrace"],
):
    millrace_tasks("..", conn_env={"DATABASE_URL": "__MODULE__"})
