"""The operators of the TypeScript project above as tasks of Airflow.

Reference data has no partitions, so it has a DAG of its own: once a week, and before the first backfill. The others are
loaded a day at a time, for which a run needs a data interval: `schedule="@daily"` gives an empty one.

The connection `nycflights` leads to the database: AIRFLOW_CONN_NYCFLIGHTS=postgresql://user:password@host:5432/database
"""

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable

from millrace.airflow import millrace_tasks

PROJECT = "../.."
DATABASE = {"DATABASE_URL": "nycflights"}
REFERENCE = ["airlines", "airports", "planes"]
NEW_YORK = "America/New_York"

with DAG(
    "nycflights_reference",
    description="Airlines, airports and planes.",
    schedule="@weekly",
    start_date=pendulum.datetime(2013, 1, 1, tz=NEW_YORK),
    catchup=False,
    tags=["millrace"],
) as reference:
    millrace_tasks(PROJECT, select=REFERENCE, conn_env=DATABASE)

with DAG(
    "nycflights",
    description="Departures from New York with the weather, a day a run.",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=NEW_YORK),
    start_date=pendulum.datetime(2013, 1, 1, tz=NEW_YORK),
    end_date=pendulum.datetime(2013, 12, 31, tz=NEW_YORK),
    catchup=False,
    max_active_runs=2,
    tags=["millrace"],
) as nycflights:
    millrace_tasks(PROJECT, exclude=REFERENCE, conn_env=DATABASE)
