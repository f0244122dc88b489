"""psycopg 3: COPY, into a temporary table where rows are merged."""

import os
import sys

import psycopg
from orders import DELETE_DAY, MERGE, NAMES, STAGE

case, file = sys.argv[1], sys.argv[2]
BLOCK = 1 << 18


def copy_file(cursor, table, columns=NAMES):
    with (
        open(file, "rb") as data,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN CSV HEADER") as copy,
    ):
        while block := data.read(BLOCK):
            copy.write(block)


def incremental(cursor):
    cursor.execute("SELECT max(created_at) FROM orders")
    (newest,) = cursor.fetchone()
    cursor.execute(STAGE)
    with (
        psycopg.connect(os.environ["SOURCE_URL"]) as source,
        source.cursor() as reading,
    ):
        query = psycopg.sql.SQL(
            f"COPY (SELECT {NAMES} FROM orders WHERE created_at > {{}}) TO STDOUT (FORMAT binary)"
        ).format(newest)
        with (
            reading.copy(query) as out,
            cursor.copy(f"COPY stage ({NAMES}) FROM STDIN (FORMAT binary)") as copy,
        ):
            for block in out:
                copy.write(block)
    cursor.execute(MERGE)


def changes(cursor):
    cursor.execute(
        "CREATE TEMP TABLE stage (operation text, id int, sequence bigint, name text, amount numeric(12,2))"
        " ON COMMIT DROP"
    )
    copy_file(cursor, "stage", "operation, id, sequence, name, amount")
    cursor.execute(
        "CREATE TEMP TABLE last ON COMMIT DROP AS SELECT DISTINCT ON (id) * FROM stage ORDER BY id, sequence DESC"
    )
    cursor.execute(
        "DELETE FROM customers c USING last l WHERE c.id = l.id AND l.operation = 'delete' AND l.sequence > c.sequence"
    )
    cursor.execute(
        "INSERT INTO customers AS c SELECT id, sequence, name, amount FROM last WHERE operation <> 'delete'"
        " ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, name = excluded.name, amount = excluded.amount"
        " WHERE excluded.sequence > c.sequence"
    )


with (
    psycopg.connect(os.environ["DATABASE_URL"]) as connection,
    connection.cursor() as cursor,
):
    match case:
        case "append":
            copy_file(cursor, "orders")
        case "upsert":
            cursor.execute(STAGE)
            copy_file(cursor, "stage")
            cursor.execute(MERGE)
        case "day":
            cursor.execute(DELETE_DAY)
            copy_file(cursor, "orders")
        case "refresh":
            cursor.execute("TRUNCATE orders")
            copy_file(cursor, "orders")
        case "incremental":
            incremental(cursor)
        case "changes":
            changes(cursor)
        case _:
            raise SystemExit(f"no case {case}")
