"""dlt: Arrow tables as its fast path, or rows as its usual one; append, or merge by either of its strategies."""

import csv
import os
import sys
from datetime import datetime
from decimal import Decimal

import dlt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from dlt.sources.sql_database import sql_table
from dlt_types import TYPES

case, file, path, hint = sys.argv[1:5]
# By ADBC, which is faster than its CSV.
FORMATS = {"arrow": "parquet", "normal": None}
KEYED = {"primary_key": "id"}
DELETE_INSERT = {"disposition": "merge", "strategy": "delete-insert"}
UPSERT = {"disposition": "merge", "strategy": "upsert"}
HINTS = {
    "append": {"write_disposition": "append"},
    "refresh": {"write_disposition": "replace"},
    "merge": {"write_disposition": DELETE_INSERT, **KEYED},
    "upsert": {"write_disposition": UPSERT, **KEYED},
    "day": {"write_disposition": DELETE_INSERT, "merge_key": "day"},
    "changes": {
        "write_disposition": DELETE_INSERT,
        **KEYED,
        "columns": {
            "deleted": {"hard_delete": True},
            "sequence": {"dedup_sort": "desc"},
        },
    },
}
NUMBERS = {"id", "customer_id", "quantity", "sequence"}


def arrow():
    options = pacsv.ConvertOptions(column_types=TYPES)
    for batch in pacsv.open_csv(
        file,
        convert_options=options,
        read_options=pacsv.ReadOptions(block_size=8 << 20),
    ):
        table = pa.Table.from_batches([batch])
        if hint == "day":
            table = table.append_column("day", pc.cast(table["created_at"], pa.date32()))
        if hint == "changes":
            table = table.append_column("deleted", pc.equal(table["operation"], "delete"))
        yield table


def rows():
    with open(file, newline="") as lines:
        for row in csv.DictReader(lines):
            for name in NUMBERS & row.keys():
                row[name] = int(row[name])
            row["amount"] = Decimal(row["amount"])
            if "created_at" in row:
                row["created_at"] = datetime.fromisoformat(row["created_at"])
            if hint == "day":
                row["day"] = row["created_at"].date()
            if hint == "changes":
                row["deleted"] = row["operation"] == "delete"
            yield row


def source():
    if case != "incremental":
        return dlt.resource(arrow if path == "arrow" else rows, name=table, **HINTS[hint])
    backend = "pyarrow" if path == "arrow" else "sqlalchemy"
    newer = dlt.sources.incremental("created_at")
    url = os.environ["SOURCE_URL"].replace("postgres://", "postgresql://")
    read = sql_table(url, "orders", backend=backend, incremental=newer, chunk_size=50_000)
    return read.apply_hints(**HINTS[hint])


pipeline = dlt.pipeline(
    f"{case}_{path}_{hint}",
    destination=dlt.destinations.postgres(os.environ["DATABASE_URL"]),
    dataset_name=f"dlt_{case}_{path}_{hint}",
    pipelines_dir=os.environ["DLT_PIPELINES"],
)
if file == "anew":
    pipeline.drop()
table = "customers" if case == "changes" else "orders"
pipeline.run(source(), loader_file_format=FORMATS[path]).raise_on_failed_jobs()
