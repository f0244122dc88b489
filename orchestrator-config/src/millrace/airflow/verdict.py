"""Whether a task has done its work, from what its process said and how it ended."""

from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, AirflowSkipException

from millrace.airflow.reports import Reports
from millrace.process.javascript_error import SKIPPED, build_exception, headline, is_fatal

SHOWN = 20
"""Partitions and checks that are described one by one."""


def judge(reports: Reports, code: int, tail: str) -> None:
    """Returns where the work was done; raises what the task fails with where it was not.

    `code` is the process's exit code, negative for a signal, and `tail` the end of its standard error.
    Raises AirflowFailException where trying again can not help, AirflowSkipException where the operator said that
    there is nothing to do, else AirflowException; with the JavaScript error, if there was one, as the cause.
    """
    if reports.failed or (reports.partitions and reports.missing):
        raise _partitions_failure(reports)
    if reports.error:
        raise _failure(reports.error)
    if code != 0:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        end = (
            f"The end of its standard error:\n{tail.strip()}" if tail.strip() else "It wrote nothing to standard error."
        )
        raise AirflowException(f"The operator's process {how} without saying why.\n{end}")
    if reports.violation:
        raise AirflowException(f"The operator's process sent a message that can not be understood: {reports.violation}")
    if not (reports.opened and reports.closed):
        word = "closed" if reports.opened else "opened"
        raise AirflowException(f"The operator's process ended with exit code 0, but without the message `{word}`.")
    if len(reports.keys) > 1 and reports.missing:
        raise _partitions_failure(reports)
    if not reports.materialized:
        raise AirflowException("The operator's process reported no materialization.")
    blocking = [str(check) for check in reports.checks if check.blocking and not check.passed]
    if blocking:
        # What was loaded stays, but no event of the asset is told, so that nothing goes on with it.
        raise AirflowFailException("\n".join([f"{len(blocking)} checks did not pass:", *_shown(blocking)]))


def _failure(error: Mapping[str, Any]) -> Exception:
    skipped = _find(error, SKIPPED)
    if skipped:
        return AirflowSkipException(skipped.get("message"))
    kind = AirflowFailException if is_fatal(error) else AirflowException
    return _caused(kind(headline(error)), error)


def _partitions_failure(reports: Reports) -> Exception:
    failed, missing = reports.failed, reports.missing
    unfinished = len(failed) + len(missing)
    reasons = [f"{key}: {headline(error)}" for key, error in failed.items()]
    reasons += [f"{key}: was not finished" for key in missing]
    completed = len(reports.partitions)
    lines = [f"{unfinished} of {unfinished + completed} partitions failed, {completed} are loaded.", *_shown(reasons)]
    if missing and reports.error:
        lines.append(headline(reports.error))
    errors = [*failed.values(), *([reports.error or {}] if missing else [])]
    kind = AirflowFailException if all(map(is_fatal, errors)) else AirflowException
    return _caused(kind("\n".join(lines)), reports.error if missing else errors[0])


def _caused(exception: Exception, error: Mapping[str, Any] | None) -> Exception:
    exception.__cause__ = build_exception(error) if error else None
    return exception


def _find(error: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    while error and error.get("name") != name:
        error = error.get("cause")
    return error


def _shown(lines: list[str]) -> list[str]:
    return [*lines[:SHOWN], *([f"… and {len(lines) - SHOWN} more."] if len(lines) > SHOWN else [])]
