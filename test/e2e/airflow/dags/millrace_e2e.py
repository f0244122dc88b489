"""The DAGs of the end-to-end test: the example's operators over data that can be broken, and one that takes its time."""

import os
from datetime import timedelta

import pendulum
from airflow.sdk import (
    DAG,
    Asset,
    CronDataIntervalTimetable,
    CronPartitionTimetable,
    PartitionedAssetTimetable,
    PartitionedAtRuntime,
)
from millrace.airflow import MillraceOperator, millrace_tasks

EXAMPLE = "../../../../example-project"
DATABASE = {"DATABASE_URL": "nycflights"}
REFERENCE = ["airlines", "airports", "planes"]
NEW_YORK = "America/New_York"

with DAG("reference", schedule=None, start_date=pendulum.datetime(2013, 1, 1)):
    millrace_tasks(EXAMPLE, select=REFERENCE, conn_env=DATABASE)

with DAG(
    "days",
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=NEW_YORK),
    start_date=pendulum.datetime(2013, 1, 1, tz=NEW_YORK),
    end_date=pendulum.datetime(2013, 1, 5, tz=NEW_YORK),
    catchup=False,
):
    millrace_tasks(
        EXAMPLE,
        exclude=REFERENCE,
        conn_env=DATABASE,
        config={"flights": {"dataDir": os.environ["MILLRACE_E2E_DATA"]}},
        retries=1,
        retry_delay=timedelta(seconds=1),
    )

# Each day is a partition of Airflow's, and what comes behind it has the same ones.
with DAG("partitioned", schedule=CronPartitionTimetable("0 0 * * *", timezone=NEW_YORK)):
    millrace_tasks(EXAMPLE, select=["weather"], conn_env=DATABASE, asset_prefix="partitioned/")
with DAG("downstream", schedule=PartitionedAssetTimetable(assets=Asset("partitioned/weather"))):
    millrace_tasks(EXAMPLE, select=["daily_delays"], conn_env=DATABASE, asset_prefix="downstream/")

# What a task loads is found out when it runs, and told key by key.
with DAG("at_runtime", schedule=PartitionedAtRuntime()):
    keys = ["2013-02-02", "2013-02-03"]
    millrace_tasks(
        EXAMPLE, select=["weather"], conn_env=DATABASE, asset_prefix="at_runtime/", overrides={"weather": {"partition": keys}}
    )

with DAG("idle", schedule=None, start_date=pendulum.datetime(2013, 1, 1)):
    MillraceOperator(task_id="idle", project="../project", operator="idle", conn_env=DATABASE, retries=1)

for name in ("killed", "stopped"):
    with DAG(name, schedule=None, start_date=pendulum.datetime(2013, 1, 1)):
        MillraceOperator(
            task_id="slow",
            project="../project",
            operator="slow",
            partition=name,
            conn_env=DATABASE,
            config={"trace": os.environ["MILLRACE_E2E_TRACE"]},
            retries=1,
            retry_delay=timedelta(seconds=1),
        )
