"""polars reads, ADBC writes: straight into the table, or into a temporary one that is merged."""

import os
import sys

import adbc_driver_postgresql.dbapi as adbc
import polars as pl
from orders import DELETE_DAY
from polars_types import CAST_MERGE, INSERT, TYPES

case, file = sys.argv[1], sys.argv[2]


def read():
    return pl.read_csv(file, schema_overrides=TYPES)


def stage(cursor, frame):
    cursor.adbc_ingest("stage", frame.to_arrow(), mode="create", temporary=True)


def insert(cursor, frame):
    stage(cursor, frame)
    cursor.execute(INSERT)


def changes(cursor):
    events = pl.read_csv(file, schema_overrides={"amount": pl.String, "id": pl.Int32})
    last = events.sort("sequence").unique("id", keep="last", maintain_order=True)
    stage(cursor, last)
    cursor.execute(
        "DELETE FROM customers c USING stage s WHERE c.id = s.id AND operation = 'delete' AND s.sequence > c.sequence"
    )
    cursor.execute(
        "INSERT INTO customers AS c SELECT id, sequence, name, amount::numeric FROM stage WHERE operation <> 'delete'"
        " ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, name = excluded.name, amount = excluded.amount"
        " WHERE excluded.sequence > c.sequence"
    )


def incremental(cursor):
    cursor.execute("SELECT max(created_at) FROM orders")
    (newest,) = cursor.fetchone()
    with adbc.connect(os.environ["SOURCE_URL"]) as source:
        query = f"SELECT * FROM orders WHERE created_at > '{newest.isoformat()}'"
        frame = pl.read_database(query, source)
    stage(cursor, frame)
    cursor.execute(CAST_MERGE)


with (
    adbc.connect(os.environ["DATABASE_URL"]) as connection,
    connection.cursor() as cursor,
):
    match case:
        case "append":
            insert(cursor, read())
        case "upsert":
            stage(cursor, read())
            cursor.execute(CAST_MERGE)
        case "day":
            cursor.execute(DELETE_DAY)
            insert(cursor, read())
        case "refresh":
            cursor.execute("TRUNCATE orders")
            insert(cursor, read())
        case "incremental":
            incremental(cursor)
        case "changes":
            changes(cursor)
        case _:
            raise SystemExit(f"no case {case}")
    connection.commit()
