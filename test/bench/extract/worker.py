"""python worker.py csv|jsonl|parquet FILE rows|frame: reads a file with polars and prints what it took."""

import json
import resource
import sys
import time

import polars as pl

kind, file, shape = sys.argv[1:]
schema = {
    "id": pl.Int32,
    "customer_id": pl.Int32,
    "created_at": pl.String if kind == "jsonl" else pl.Datetime("us", "UTC"),
    "status": pl.String,
    "amount": pl.Float64 if kind == "jsonl" else pl.Decimal(12, 2),
    "quantity": pl.Int32 if kind == "jsonl" else pl.Int16,
    "email": pl.String,
    "note": pl.String,
}

began, cpu = time.perf_counter(), time.process_time()
if kind == "csv":
    frame = pl.read_csv(file, schema=schema)
elif kind == "jsonl":
    frame = pl.read_ndjson(file, schema=schema)
else:
    frame = pl.read_parquet(file)
rows = len(frame)
if shape == "rows":
    rows = sum(1 for _ in frame.iter_rows(named=True))
print(
    json.dumps(
        {
            "rows": rows,
            "ms": (time.perf_counter() - began) * 1000,
            "cpuMs": (time.process_time() - cpu) * 1000,
            "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
    )
)
