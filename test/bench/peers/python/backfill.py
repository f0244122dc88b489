"""Orders by day as an asset of Dagster in Python, loaded by BENCH_PEER, all days of a backfill in one run.

A day is a transaction; of dlt, all days are one load of its pipeline."""

import os
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

FOLDER = Path(os.environ["BENCH_DAYS"])
URL = os.environ["DATABASE_URL"]


def with_psycopg(days):
    import psycopg
    from orders import NAMES

    for day in days:
        with psycopg.connect(URL) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM orders WHERE created_at >= %s AND created_at < %s", bounds(day))
            with cursor.copy(f"COPY orders ({NAMES}) FROM STDIN CSV HEADER") as copy:
                copy.write((FOLDER / f"{day}.csv").read_bytes())


def with_pandas(days):
    import pandas as pd
    from sqlalchemy import create_engine, text

    engine = create_engine(URL.replace("postgres://", "postgresql+psycopg://"))
    for day in days:
        with engine.begin() as connection:
            start, end = bounds(day)
            delete = text("DELETE FROM orders WHERE created_at >= :start AND created_at < :end")
            connection.execute(delete, {"start": start, "end": end})
            frame = pd.read_csv(FOLDER / f"{day}.csv", parse_dates=["created_at"])
            frame.to_sql("orders", connection, if_exists="append", index=False, chunksize=1_000)


def with_polars(days):
    import adbc_driver_postgresql.dbapi as adbc
    import polars as pl
    from polars_types import INSERT, TYPES

    for day in days:
        with adbc.connect(URL) as connection, connection.cursor() as cursor:
            start, end = bounds(day)
            cursor.execute(f"DELETE FROM orders WHERE created_at >= '{start}' AND created_at < '{end}'")
            frame = pl.read_csv(FOLDER / f"{day}.csv", schema_overrides=TYPES)
            cursor.adbc_ingest("stage", frame.to_arrow(), mode="create", temporary=True)
            cursor.execute(INSERT)
            connection.commit()


def with_dlt(days):
    import dlt
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as pacsv
    from dlt_types import TYPES

    def tables():
        for day in days:
            options = pacsv.ConvertOptions(column_types=TYPES)
            table = pacsv.read_csv(FOLDER / f"{day}.csv", convert_options=options)
            yield table.append_column("day", pc.cast(table["created_at"], pa.date32()))

    pipeline = dlt.pipeline(
        "backfill",
        destination=dlt.destinations.postgres(URL),
        dataset_name="dlt_backfill",
        pipelines_dir=os.environ["DLT_PIPELINES"],
    )
    merge = {"disposition": "merge", "strategy": "delete-insert"}
    resource = dlt.resource(tables, name="orders", write_disposition=merge, merge_key="day")
    pipeline.run(resource, loader_file_format="parquet").raise_on_failed_jobs()


def bounds(day):
    return f"{day}T00:00:00Z", f"{date.fromisoformat(day) + timedelta(days=1)}T00:00:00Z"


LOADS = {"psycopg": with_psycopg, "pandas": with_pandas, "polars": with_polars, "dlt": with_dlt}


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition("2024-01-01", end_date="2025-01-01"),
    backfill_policy=dg.BackfillPolicy.single_run(),
)
def day(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    LOADS[os.environ["BENCH_PEER"]](context.partition_keys)
    return dg.MaterializeResult()


defs = dg.Definitions(assets=[day])
