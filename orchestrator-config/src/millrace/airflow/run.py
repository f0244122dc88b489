"""One run of an operator's process for a task of Airflow."""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from millrace.airflow.reports import Reports
from millrace.airflow.task_log import TaskLog
from millrace.launcher import Launcher
from millrace.process.messages import MessagePipe, PrintedLine
from millrace.process.printed_lines import print_into
from millrace.process.process import OperatorProcess, Output
from millrace.process.start import start_operator
from millrace.redact import Redactor

POLL_SECONDS = 0.1


@dataclass
class OperatorRun:
    """Starts the process, follows it to its end and stops it when the task is to stop."""

    launcher: Launcher
    operator: str
    env: Mapping[str, str]
    redactor: Redactor
    log: TaskLog
    grace_seconds: float
    stopped: bool = False
    """Whether the task was told to stop."""

    def __post_init__(self) -> None:
        self._messages = MessagePipe()
        self._process: OperatorProcess | None = None
        self._ended = False

    def follow(self, context: Mapping[str, Any], keys: Sequence[str]) -> tuple[Reports, int, str]:
        """Runs it for these partitions: what it reported, its exit code, the end of its standard error."""
        reports = Reports(keys, self.log)
        with self._messages as messages:
            output = Output(print_into(messages, "stdout"), print_into(messages, "stderr"))
            process = start_operator(self.launcher, self.operator, context, messages, env=self.env, output=output)
            self._process = process
            try:
                while not (self._ended and process.poll() is not None):
                    if not self._take(reports, POLL_SECONDS) and process.poll() is not None:
                        messages.finish()
            except BaseException:
                # The task has run out of time, or what was said could not be logged. The process has to end.
                self.stop()
                raise
            finally:
                messages.take_all()
                ended = process.finish()
                messages.finish()
                while self._take(reports, 0 if self._ended else POLL_SECONDS) or not self._ended:
                    pass
        return reports, *ended

    def stop(self) -> None:
        """Ends the process and all that it started, within the grace and a little more.

        A handler of signals may call it, in the middle of anything: it logs nothing, and takes no lock.
        """
        self.stopped = True
        self._messages.take_all()
        if self._process:
            self._process.kill(self.grace_seconds)

    def _take(self, reports: Reports, timeout_seconds: float) -> bool:
        try:
            item = self._messages.next(timeout_seconds)
        except queue.Empty:
            return False
        if item is None:
            self._ended = True
        elif isinstance(item, PrintedLine):
            self.log.printed(item)
        else:
            reports.take(self.redactor.all(item) if isinstance(item, Mapping) else item)
        return True
