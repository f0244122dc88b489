"""Runs one operator for one Dagster step."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster import PipesContextInjector, open_pipes_session
from dagster._utils.interrupts import capture_interrupts
from dagster_pipes import PipesContextData

from millrace.dagster.client.messages import PipeMessageReader
from millrace.dagster.client.step import OperatorStep, recorded_results
from millrace.dagster.environment import resolve_environment
from millrace.launcher import Launcher
from millrace.process.start import start_operator


@dataclass(frozen=True)
class OperatorClient:
    """Starts operators of one project; a step of Dagster is one process, however many partitions it has."""

    launcher: Launcher
    env: Mapping[str, str]
    """Added to this process's environment: DATABASE_URL and whatever else the operators read."""
    resource: str | None
    """Key of the Dagster resource that gives more of it, if there is one."""
    grace_seconds: float
    """How long a stopped process may take to settle its chunk after SIGINT; half of it again after SIGTERM."""

    def run(self, context: dg.AssetExecutionContext, operator: str, *, parallel: int | None = None) -> Iterator[Any]:
        """Runs the operator, records what its process reports as it comes, and yields the step's results.

        Raises dg.Failure when the process fails, ends without a last word, or says what can not be understood.
        """
        keys = _partition_keys(context)
        todo = _without_completed(context, keys)
        if keys and not todo:
            yield from recorded_results(context, {})
            return
        extras: dict[str, Any] = {"config": context.op_execution_context.op_config or {}}
        if keys:
            extras["partition_keys"] = [str(key) for key in todo]
            # Each has a materialization in the run's log, which says the same.
            extras["log_partitions"] = False
            if parallel is not None:
                extras["parallel"] = parallel
        env = resolve_environment(context, self.env, self.resource)
        reader = PipeMessageReader()
        with open_pipes_session(context, StdinContextInjector(), reader, extras=extras) as session:
            step = OperatorStep(context, session, reader, keys=keys, todo=todo)
            with capture_interrupts():
                code, tail = self._follow(operator, step, reader, session.context_data, env)
        yield from step.results(code, tail)

    def _follow(
        self,
        operator: str,
        step: OperatorStep,
        reader: PipeMessageReader,
        data: PipesContextData,
        env: Mapping[str, str],
    ) -> tuple[int, str]:
        process = start_operator(self.launcher, operator, data, reader, env=env)
        try:
            step.follow(process)
        except BaseException:
            # Interrupted, or recording failed. What the process still reports is kept, but it has to end.
            grace = self.grace_seconds
            process.stop((signal.SIGINT, grace), (signal.SIGTERM, grace / 2), meanwhile=step.record_one)
            step.record_rest()
            raise
        finally:
            ended = process.finish()
        return ended


class StdinContextInjector(PipesContextInjector):
    """The context goes to the process's standard input, once it is started."""

    @contextmanager
    def inject_context(self, context_data: PipesContextData) -> Iterator[Mapping[str, Any]]:
        yield {}

    def no_messages_debug_text(self) -> str:
        return "Attempted to write the context to the process's standard input."


def _partition_keys(context: dg.AssetExecutionContext) -> Sequence[str]:
    """The partitions of this run, which Dagster does not put in the context of a range; none for an asset without."""
    return context.partition_keys if context.assets_def.partitions_def else ()


def _without_completed(context: dg.AssetExecutionContext, keys: Sequence[str]) -> Sequence[str]:
    """A retried step leaves out what an attempt before it has recorded."""
    if not keys or context.retry_number == 0:
        return keys
    recorded = context.instance.get_records_for_run(
        context.run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION
    ).records
    done = {record.partition_key for record in recorded if record.asset_key in context.selected_asset_keys}
    todo = [key for key in keys if str(key) not in done]
    if len(todo) < len(keys):
        context.log.info(f"Retry: {len(keys) - len(todo)} partitions are materialized already, {len(todo)} are left.")
    return todo
