"""What a Dagster step hears from its process, message by message, and what it makes of it in the end."""

import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster import PipesSession
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import check_captured_interrupt

from millrace.dagster.client.event_log import EventLog
from millrace.dagster.client.failure import (
    build_checks_failure,
    build_failure,
    build_partitions_failure,
    build_unexplained_failure,
)
from millrace.dagster.client.messages import PipeMessageReader
from millrace.dagster.client.recording import build_recorded_output, with_lineage
from millrace.dagster.client.reports import Event, PartitionReports
from millrace.process.javascript_error import headline
from millrace.process.messages import Item, Unreadable
from millrace.process.process import OperatorProcess

POLL_SECONDS = 0.1


class OperatorStep:
    """One attempt of a step: `keys` are the partitions of its run, `todo` those that its process was asked for."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        session: PipesSession,
        reader: PipeMessageReader,
        *,
        keys: Sequence[str],
        todo: Sequence[str],
    ) -> None:
        self._context = context
        self._session = session
        self._reader = reader
        self._log = EventLog(context)
        self._keys = keys
        self._todo = todo
        self._partitions = PartitionReports(context, todo)
        self._error: Mapping[str, Any] | None = None
        self._violation: str | None = None
        self._ended = False

    def follow(self, process: OperatorProcess) -> None:
        """Records what the process reports, as it comes, until it is gone.

        Raises DagsterExecutionInterruptedError when the run is to stop: between two messages, so that none is recorded
        by half, and not out of a yield, where Dagster would leave the process running. Interrupts must be captured.
        """
        while not self._ended:
            if check_captured_interrupt():
                raise DagsterExecutionInterruptedError
            if not self.record_one() and process.poll() is not None:
                self._reader.finish()

    def record_one(self) -> bool:
        """Records a message if one comes within a moment; whether one came."""
        if self._ended:
            time.sleep(POLL_SECONDS)
            return False
        try:
            item = self._reader.next(POLL_SECONDS)
        except queue.Empty:
            return False
        for event in self._handle(item):
            self._context.log_event(event)
        return True

    def record_rest(self) -> None:
        """Records what a process that is gone has left."""
        self._reader.finish()
        while not self._ended:
            self.record_one()

    def results(self, code: int, tail: str) -> Iterator[Any]:
        """The step's results, if the process did its work; raises dg.Failure if it did not.

        `code` is its exit code and `tail` the end of its standard error.
        """
        self._log.finish()
        yield from self._context.consume_events()
        self._raise_failure(code, tail)
        reported = self._session.get_reported_results()
        if len(self._keys) < 2 and not self._partitions.completed:
            yield from (with_lineage(self._context, result) for result in reported)
            return
        # A process with one partition reports as if there were no others; but this run has, and they are recorded.
        if len(self._todo) == 1 and not self._partitions.completed:
            for event in self._partitions.events_of_results(reported):
                self._context.log_event(event)
        yield from recorded_results(self._context, _totals(reported))
        if self._partitions.blocking:
            raise build_checks_failure(self._partitions.blocking)

    def _handle(self, item: Item | None) -> Sequence[Event]:
        if item is None:
            self._ended = True
            return []
        try:
            return list(self._events(item))
        except Exception as error:
            self._violate(f"{type(error).__name__}: {error}", item)
            return []

    def _events(self, item: Item) -> Iterator[Event]:
        if isinstance(item, Unreadable):
            raise ValueError(item.reason)
        method, params = item["method"], item["params"]
        if method == "log":
            self._log.write(params)
        elif method == "report_custom_message":
            yield from self._partitions.events(params["payload"])
        else:
            self._session.message_handler.handle_message(item)
            if method == "closed":
                self._error = (params or {}).get("exception")

    def _violate(self, reason: str, item: Item) -> None:
        shown = item.line if isinstance(item, Unreadable) else str(item)[:500]
        self._log.write({"level": "error", "message": f"A message that can not be understood: {reason}\n{shown}"})
        self._violation = self._violation or f"{reason}\n{shown}"

    def _raise_failure(self, code: int, tail: str) -> None:
        parts = self._partitions
        if parts.failed or (parts.completed and parts.missing):
            raise build_partitions_failure(
                parts.failed, missing=parts.missing, completed=len(parts.completed), error=self._error
            )
        if self._error:
            raise build_failure(headline(self._error), error=self._error)
        if code != 0:
            raise build_unexplained_failure(code, tail)
        if self._violation:
            raise build_failure(f"The operator's process sent a message that can not be understood: {self._violation}")
        handler = self._session.message_handler
        if not (handler.received_opened_message and handler.received_closed_message):
            word = "closed" if handler.received_opened_message else "opened"
            raise build_failure(f"The operator's process ended with exit code 0, but without the message `{word}`.")
        if len(self._todo) > 1 and parts.missing:
            raise build_partitions_failure({}, missing=parts.missing, completed=0)
        reported = {result.asset_key for result in self._session.get_reported_results()}
        for key in self._context.selected_asset_keys - reported:
            raise build_failure(f"The operator's process reported no materialization of {key.to_user_string()}.")


def recorded_results(context: dg.AssetExecutionContext, metadata: Mapping[str, dg.MetadataValue]) -> Iterator[Any]:
    """Lets later steps go on: the materializations and check results of each partition are recorded already."""
    for asset_key in context.selected_asset_keys:
        yield build_recorded_output(asset_key, metadata)
    for check_key in context.selected_asset_check_keys:
        yield dg.Output(None, output_name=context.assets_def.get_output_name_for_asset_check_key(check_key))


def _totals(reported: Sequence[Any]) -> Mapping[str, dg.MetadataValue]:
    return next((result.metadata for result in reported if isinstance(result, dg.MaterializeResult)), None) or {}
