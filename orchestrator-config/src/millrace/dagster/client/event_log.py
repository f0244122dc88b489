"""Forwards an operator's log messages to Dagster's event log at a rate that it can bear."""

import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

import dagster as dg

BURST = 20
PER_SECOND = 5
LEVELS = {"debug", "info", "warning", "error", "critical"}


class EventLog:
    """A message costs Dagster milliseconds, and a step waits for all of them.

    So a burst goes through, then a handful a second; of the others none is lost: they are written to the compute
    log's standard error, and the event log says how many.
    """

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self._allowance = float(BURST)
        self._at = time.monotonic()
        self._held_back = 0

    def write(self, params: Mapping[str, Any]) -> None:
        """Takes a Pipes `log` message; raises ValueError when it is not one."""
        message, level = params.get("message"), str(params.get("level", "info")).lower()
        if params.keys() - {"message", "level"} or not isinstance(message, str) or level not in LEVELS:
            raise ValueError(f"a log message needs a text and one of the levels {', '.join(sorted(LEVELS))}")
        if self._has_room():
            self.finish()
            self._context.log.log(_NUMBERS[level], message)
        else:
            self._held_back += 1
            print(f"{level.upper()} {message}", file=sys.stderr)

    def finish(self) -> None:
        """Says how many messages were held back since it was last said."""
        if self._held_back:
            self._context.log.info(f"{self._held_back} more messages are in the compute log (stderr).")
            self._held_back = 0

    def _has_room(self) -> bool:
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._at) * PER_SECOND)
        self._at = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True


_NUMBERS = {level: getattr(logging, level.upper()) for level in LEVELS}
