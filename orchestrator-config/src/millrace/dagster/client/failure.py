"""The failure of a Dagster step from what went wrong in an operator's process."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from millrace.process.javascript_error import build_exception, full_stack, headline, is_fatal

SHOWN = 20
"""Failed partitions that are described one by one; all are listed by key."""


def build_failure(
    description: str, *, error: Mapping[str, Any] | None = None, metadata: Mapping[str, Any] | None = None
) -> dg.Failure:
    """A failure of the step; `error` is a Pipes exception, which becomes its cause with the JavaScript stack."""
    shown: dict[str, Any] = dict(metadata or {})
    if error:
        shown["error"] = headline(error)
        shown["stack"] = dg.MetadataValue.md(f"```\n{full_stack(error)}\n```")
    failure = dg.Failure(description, shown, allow_retries=not (error and is_fatal(error)))
    failure.__cause__ = build_exception(error) if error else None
    return failure


def build_partitions_failure(
    failed: Mapping[str, Mapping[str, Any]],
    *,
    missing: Sequence[str],
    completed: int,
    error: Mapping[str, Any] | None = None,
) -> dg.Failure:
    """The failure of a step of which only some partitions completed.

    `failed` has the error of each partition that failed, `missing` the partitions of which nothing was heard, and
    `error` is what the process itself said at its end.
    """
    unfinished = len(failed) + len(missing)
    lines = [f"{unfinished} of {unfinished + completed} partitions failed, {completed} are materialized."]
    reasons = [f"{key}: {headline(error)}" for key, error in failed.items()]
    reasons += [f"{key}: was not finished" for key in missing]
    lines += reasons[:SHOWN]
    if len(reasons) > SHOWN:
        lines.append(f"… and {len(reasons) - SHOWN} more.")
    if missing and error:
        lines.append(headline(error))
    cause = error if missing and error else next(iter(failed.values()), error)
    metadata = {
        "partitions_failed": unfinished,
        "partitions_completed": completed,
        "failed_partitions": dg.MetadataValue.json([*failed, *missing]),
    }
    failure = build_failure("\n".join(lines), error=cause, metadata=metadata)
    errors = [*failed.values(), *([error or {}] if missing else [])]
    failure.allow_retries = not all(map(is_fatal, errors))
    return failure


def build_checks_failure(blocking: Sequence[dg.AssetCheckEvaluation]) -> dg.Failure:
    """The failure of a step whose partitions are materialized, but whose blocking checks did not pass."""
    lines = [f"{check.partition}: {check.check_name}" for check in blocking]
    more = [f"… and {len(lines) - SHOWN} more."] if len(lines) > SHOWN else []
    description = "\n".join([f"{len(lines)} blocking checks did not pass:", *lines[:SHOWN], *more])
    return dg.Failure(description, allow_retries=False)


def build_unexplained_failure(code: int, tail: str) -> dg.Failure:
    """The failure of a process that ended without saying why: the end of its standard error says it, if anything."""
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    metadata = {"exit_code": code, "stderr": dg.MetadataValue.md(f"```\n{tail.strip()}\n```")}
    said = f"The end of its standard error:\n{tail.strip()}" if tail.strip() else "It wrote nothing to standard error."
    return dg.Failure(f"The operator's process {how} without saying why.\n{said}", metadata)
