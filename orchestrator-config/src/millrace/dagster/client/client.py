"""Runs one operator for one Dagster step."""

import os
import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster import PipesSession, PipesTempFileContextInjector, open_pipes_session

from millrace.dagster.client.event_log import EventLog
from millrace.dagster.client.failure import build_failure, build_partitions_failure, build_unexplained_failure
from millrace.dagster.client.messages import Item, PipeMessageReader, Unreadable
from millrace.dagster.client.process import OperatorProcess
from millrace.dagster.client.recording import build_recorded_output
from millrace.dagster.client.reports import PartitionReports
from millrace.launcher import Launcher

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class OperatorClient:
    """Starts operators of one project; a step of Dagster is one process, however many partitions it has."""

    launcher: Launcher
    env: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's environment: DATABASE_URL and whatever else the operators read."""
    grace_seconds: float = 10
    """How long a stopped process may take to settle its chunk after SIGINT; half of it again after SIGTERM."""

    def run(self, context: dg.AssetExecutionContext, operator: str) -> Iterator[Any]:
        """Runs the operator and yields the step's events as they arrive.

        Raises dg.Failure when the process fails, ends without a last word, or says what can not be understood.
        """
        keys = _partition_keys(context)
        todo = _without_completed(context, keys)
        if keys and not todo:
            yield from _recorded_results(context, {})
            return
        extras: dict[str, Any] = {"config": context.op_execution_context.op_config or {}}
        if keys:
            extras["partition_keys"] = [str(key) for key in todo]
        reader = PipeMessageReader()
        injector = PipesTempFileContextInjector()
        with open_pipes_session(context, injector, reader, extras=extras) as session:
            step = _Step(context, session, reader, todo)
            process = self._start(operator, session, reader)
            try:
                yield from step.handle_all(process)
            except BaseException:
                # Interrupted, or the step is abandoned: what the process still reports is kept, but it has to end.
                process.stop(grace_seconds=self.grace_seconds, meanwhile=step.keep_one)
                step.keep_rest()
                raise
            finally:
                code, tail = process.finish()
        yield from step.results(code, tail)

    def _start(self, operator: str, session: PipesSession, reader: PipeMessageReader) -> OperatorProcess:
        env = {**os.environ, **self.env, **session.get_bootstrap_env_vars()}
        argv = self.launcher.exec_argv(operator)
        process = OperatorProcess(argv, cwd=self.launcher.project, env=env, pass_fds=[reader.writer])
        reader.close_writer()
        return process


class _Step:
    """What a step has heard from its process."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        session: PipesSession,
        reader: PipeMessageReader,
        keys: Sequence[str],
    ) -> None:
        self._context = context
        self._session = session
        self._reader = reader
        self._log = EventLog(context)
        self._several = len(keys) > 1
        self._partitions = PartitionReports(context, keys)
        self._error: Mapping[str, Any] | None = None
        self._violation: str | None = None
        self._ended = False

    def handle_all(self, process: OperatorProcess) -> Iterator[Any]:
        """Yields the events of all messages until the process is gone."""
        while not self._ended:
            try:
                item = self._reader.next(POLL_SECONDS)
            except queue.Empty:
                if process.poll() is not None:
                    self._reader.finish()
                continue
            yield from self._handle(item)

    def keep_one(self) -> None:
        """Handles a message, if one comes, while the process is being stopped."""
        with suppress(queue.Empty):
            for event in self._handle(None if self._ended else self._reader.next(POLL_SECONDS)):
                self._context.log_event(event)

    def keep_rest(self) -> None:
        """Handles what an ended process has left."""
        self._reader.finish()
        while not self._ended:
            self.keep_one()

    def results(self, code: int, tail: str) -> Iterator[Any]:
        """The step's results, once the process has ended well; raises dg.Failure when it has not."""
        self._log.finish()
        self._raise_failure(code, tail)
        if self._several:
            yield from _recorded_results(self._context, self._totals())
        else:
            yield from self._session.get_reported_results()

    def _handle(self, item: Item | None) -> Iterator[Any]:
        if item is None:
            self._ended = True
            return
        try:
            yield from self._events(item)
        except Exception as error:
            self._violate(f"{type(error).__name__}: {error}", item)

    def _events(self, item: Item) -> Iterator[Any]:
        if isinstance(item, Unreadable):
            raise ValueError(item.reason)
        method, params = item["method"], item["params"]
        if method == "log":
            self._log.write(params)
        elif method == "report_custom_message":
            yield from list(self._partitions.events(params["payload"]))
        else:
            self._session.message_handler.handle_message(item)
            if method == "closed":
                self._error = (params or {}).get("exception")

    def _violate(self, reason: str, item: Item) -> None:
        shown = item.line if isinstance(item, Unreadable) else str(item)[:500]
        self._context.log.error(f"[millrace] a message that can not be understood: {reason}\n{shown}")
        self._violation = self._violation or f"{reason}\n{shown}"

    def _raise_failure(self, code: int, tail: str) -> None:
        partitions = self._partitions
        if self._several and (partitions.failed or partitions.completed) and (partitions.failed or partitions.missing):
            raise build_partitions_failure(
                partitions.failed, missing=partitions.missing, completed=len(partitions.completed)
            )
        if self._error:
            raise build_failure(_description(self._error), error=self._error)
        if code != 0:
            raise build_unexplained_failure(code, tail)
        if self._violation:
            raise build_failure(f"The operator's process sent a message that can not be understood: {self._violation}")
        handler = self._session.message_handler
        if not handler.received_opened_message or not handler.received_closed_message:
            word = "closed" if handler.received_opened_message else "opened"
            raise build_failure(f"The operator's process ended with exit code 0, but without the message `{word}`.")
        if self._several and partitions.missing:
            raise build_partitions_failure({}, missing=partitions.missing, completed=len(partitions.completed))
        reported = {result.asset_key for result in self._session.get_reported_results()}
        for key in self._context.selected_asset_keys - reported:
            raise build_failure(f"The operator's process reported no materialization of {key.to_user_string()}.")

    def _totals(self) -> Mapping[str, dg.MetadataValue]:
        results = self._session.get_reported_results()
        return next((result.metadata for result in results if isinstance(result, dg.MaterializeResult)), None) or {}


def _description(error: Mapping[str, Any]) -> str:
    return f"{error.get('name') or 'Error'}: {error.get('message') or ''}"


def _partition_keys(context: dg.AssetExecutionContext) -> Sequence[str]:
    """The partitions of this run, which Dagster does not put in the context of a range; none for an asset without."""
    if context.assets_def.partitions_def is None:
        return []
    return context.partition_keys


def _without_completed(context: dg.AssetExecutionContext, keys: Sequence[str]) -> Sequence[str]:
    """A retried step leaves out what an attempt before it has recorded."""
    if not keys or context.retry_number == 0:
        return keys
    ours = context.selected_asset_keys
    records = context.instance.get_records_for_run(context.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION)
    done = {
        record.partition_key
        for record in records.records
        if record.asset_key in ours and record.partition_key is not None
    }
    todo = [key for key in keys if str(key) not in done]
    if len(todo) < len(keys):
        context.log.info(f"Retry: {len(keys) - len(todo)} partitions are materialized already, {len(todo)} are left.")
    return todo


def _recorded_results(context: dg.AssetExecutionContext, metadata: Mapping[str, dg.MetadataValue]) -> Iterator[Any]:
    """Lets later steps go on: the materializations and check results of each partition are recorded already."""
    for asset_key in context.selected_asset_keys:
        yield build_recorded_output(asset_key, metadata)
    for check_key in context.selected_asset_check_keys:
        yield dg.Output(None, output_name=context.assets_def.get_output_name_for_asset_check_key(check_key))
