"""pandas with SQLAlchemy: to_sql, and batches of 1,000 rows with ON CONFLICT as its documentation has them."""

import os
import sys

import pandas as pd
from orders import DELETE_DAY
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql import insert

case, file = sys.argv[1], sys.argv[2]
ROWS = 1_000
# pandas fills memory with all of a file unless it is read in pieces.
READ = 100_000


def engine(variable="DATABASE_URL"):
    return create_engine(os.environ[variable].replace("postgres://", "postgresql+psycopg://"))


def on_conflict(key, guard=None):
    def method(table, connection, names, rows):
        statement = insert(table.table).values([dict(zip(names, row, strict=True)) for row in rows])
        changed = {name: statement.excluded[name] for name in names if name != key}
        where = None if guard is None else statement.excluded[guard] > table.table.c[guard]
        connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=changed, where=where))

    return method


def write(frame, connection, method=None, table="orders"):
    frame.to_sql(
        table,
        connection,
        if_exists="append",
        index=False,
        method=method,
        chunksize=ROWS,
    )


def frames():
    return pd.read_csv(file, parse_dates=["created_at"], chunksize=READ)


def changes(connection):
    events = pd.read_csv(file).sort_values("sequence").drop_duplicates("id", keep="last")
    gone = events["operation"] == "delete"
    delete = text("DELETE FROM customers WHERE id = ANY(:ids) AND sequence < :sequence")
    connection.execute(
        delete,
        {"ids": events[gone]["id"].tolist(), "sequence": int(events["sequence"].max())},
    )
    write(
        events[~gone].drop(columns="operation"),
        connection,
        on_conflict("id", "sequence"),
        "customers",
    )


with engine().begin() as connection:
    match case:
        case "append":
            for frame in frames():
                write(frame, connection)
        case "upsert":
            for frame in frames():
                write(frame, connection, on_conflict("id"))
        case "day":
            connection.execute(text(DELETE_DAY))
            for frame in frames():
                write(frame, connection)
        case "refresh":
            connection.execute(text("DELETE FROM orders"))
            for frame in frames():
                write(frame, connection)
        case "incremental":
            newest = connection.execute(text("SELECT max(created_at) FROM orders")).scalar()
            query = text("SELECT * FROM orders WHERE created_at > :newest")
            with engine("SOURCE_URL").connect().execution_options(stream_results=True) as source:
                for frame in pd.read_sql(query, source, params={"newest": newest}, chunksize=READ):
                    write(frame, connection, on_conflict("id"))
        case "changes":
            changes(connection)
        case _:
            raise SystemExit(f"no case {case}")
