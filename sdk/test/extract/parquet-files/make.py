"""Makes the Parquet files of the tests, as pyarrow and polars write them: python make.py (with pyarrow and polars)."""

import datetime as dt
import decimal
from pathlib import Path

import polars
import pyarrow as pa
import pyarrow.parquet as pq

folder = Path(__file__).parent
D = decimal.Decimal
UTC = dt.timezone.utc

types = pa.table(
    {
        "id": pa.array([1, 2, 3], pa.int32()),
        "big": pa.array([9007199254740993, None, -(2**63)], pa.int64()),
        "unsigned": pa.array([2**64 - 1, None, 0], pa.uint64()),
        "small": pa.array([-1, None, 127], pa.int8()),
        "price": pa.array([D("12345678.90"), None, D("-0.01")], pa.decimal128(10, 2)),
        "wide": pa.array([D("123456789012345678901234567890.12345678"), None, D("-1")], pa.decimal128(38, 8)),
        "wider": pa.array([D("1" * 70 + ".123456"), None, D("-0.000001")], pa.decimal256(76, 6)),
        "ratio": pa.array([0.1, None, float("nan")], pa.float64()),
        "single": pa.array([0.5, None, float("-inf")], pa.float32()),
        "half": pa.array([0.5, None, -2.0], pa.float16()),
        "flag": pa.array([True, None, False], pa.bool_()),
        "text": pa.array(["é漢🚲", None, ""], pa.string()),
        "code": pa.array(["a", None, "a"], pa.dictionary(pa.int32(), pa.string())),
        "data": pa.array([b"\x00\xff", None, b""], pa.binary()),
        "day": pa.array([dt.date(2024, 2, 29), None, dt.date(1, 1, 1)], pa.date32()),
        "millis": pa.array([1709251199123, None, -1], pa.timestamp("ms", tz="UTC")),
        "micros": pa.array([1709251199123456, None, -1], pa.timestamp("us", tz="UTC")),
        "nanos": pa.array([1709251199123456789, None, -1], pa.timestamp("ns", tz="UTC")),
        "local": pa.array([1709251199123456, None, -62135596800000000], pa.timestamp("us")),
        "clock": pa.array([dt.time(23, 59, 59, 123456), None, dt.time(0)], pa.time64("us")),
        "list": pa.array([[1, None, 2**60], None, []], pa.list_(pa.int64())),
        "prices": pa.array([[D("1.10"), D("12345678901234567890.12")], None, [None]], pa.list_(pa.decimal128(22, 2))),
        "map": pa.array([[("a", 1), ("b", None)], None, []], pa.map_(pa.string(), pa.int32())),
        "struct": pa.array(
            [
                {"at": dt.datetime(2024, 1, 1, tzinfo=UTC), "tags": ["x", "y"], "inner": {"d": dt.date(2024, 1, 2)}},
                None,
                {"at": None, "tags": None, "inner": None},
            ],
            pa.struct(
                {
                    "at": pa.timestamp("us", tz="UTC"),
                    "tags": pa.list_(pa.string()),
                    "inner": pa.struct({"d": pa.date32()}),
                }
            ),
        ),
        "structs": pa.array([[{"a": 1, "b": "x"}, None], None, []], pa.list_(pa.struct({"a": pa.int32(), "b": pa.string()}))),
    }
)
pq.write_table(types, folder / "types.parquet", compression="zstd")
pq.write_table(types.select(["id", "micros"]), folder / "int96.parquet", use_deprecated_int96_timestamps=True)

rows = pa.table(
    {
        "id": pa.array(range(3000), pa.int64()),
        "name": pa.array([None if i % 7 == 0 else f"name {i % 50}" for i in range(3000)]),
        "tags": pa.array([[f"{i}", "x"][: i % 3] for i in range(3000)], pa.list_(pa.string())),
    }
)
for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(rows, folder / f"rows-{codec}.parquet", compression=codec, row_group_size=1000, data_page_size=2048)
pq.write_table(
    rows, folder / "rows-v2.parquet", data_page_version="2.0", row_group_size=1000, data_page_size=2048, write_page_index=True
)
polars.from_arrow(rows).write_parquet(folder / "rows-polars.parquet", row_group_size=1000)
pq.write_table(rows.slice(0, 0), folder / "empty.parquet")

invalid = pa.Array.from_buffers(
    pa.string(), 3, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0"), pa.py_buffer(b"ok\xffz")]
)
pq.write_table(pa.table({"id": [1, 2, 3], "text": invalid}), folder / "invalid-utf8.parquet")
