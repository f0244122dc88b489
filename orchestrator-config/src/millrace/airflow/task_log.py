"""What an operator's process says, in the log of its task."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from millrace.process.messages import PrintedLine
from millrace.redact import Redactor

LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "fatal": logging.CRITICAL,
    "critical": logging.CRITICAL,
}
ABOUT_THE_LINE = {"level", "time", "message", "error"}
TAKEN = {
    *("event", "level", "timestamp", "logger", "loc", "exc_info", "stack_info", "error_detail", "positional_args"),
    *("dag_id", "task_id", "run_id", "ti_id", "map_index", "try_number"),
}
"""Names that Airflow gives a meaning of its own, or hides; a field of that name gets a `_` behind it."""


class TaskLog:
    """Writes at the level of each line, with its fields, and without secrets.

    `known` are fields that say the same in each line, and what the whole log is about.
    """

    def __init__(self, log: Any, redactor: Redactor, known: Mapping[str, Any]) -> None:
        self._log = log
        self._redactor = redactor
        self._known = known

    def write(self, level: str, message: str, **fields: Any) -> None:
        """Writes a line; a level that is not known is `info`."""
        named = {f"{name}_" if name in TAKEN else name: value for name, value in self._redactor.all(fields).items()}
        self._log.log(LEVELS.get(level, logging.INFO), self._redactor.text(message), **named)

    def printed(self, line: PrintedLine) -> None:
        """Writes a line that the process has printed: the SDK's JSON by its parts, anything else as it is."""
        record = _record(line.text)
        if record is None:
            if line.text.strip():
                self.write("info", line.text, stream=line.stream)
            return
        fields = {
            name: value
            for name, value in record.items()
            if name not in ABOUT_THE_LINE and value is not None and self._known.get(name) != value
        }
        level, error = record["level"], record.get("error")
        self.write(level, record["message"], **fields)
        if error:
            self.write(level, _described(error))


def _record(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    known = isinstance(record, dict) and record.get("level") in LEVELS and isinstance(record.get("message"), str)
    return record if known else None


def _described(error: Any) -> str:
    return str(error.get("stack") or error.get("message") or error) if isinstance(error, dict) else str(error)
