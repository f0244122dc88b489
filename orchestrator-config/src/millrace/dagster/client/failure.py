"""The failure of a Dagster step from what went wrong in an operator's process."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from millrace.dagster.client.javascript_error import build_exception, full_stack, headline, is_fatal

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
    failed: Mapping[str, Mapping[str, Any]], *, missing: Sequence[str], completed: int
) -> dg.Failure:
    """The failure of a step of which only some partitions completed; `failed` has an error for each that did not."""
    unfinished = len(failed) + len(missing)
    lines = [f"{unfinished} of {unfinished + completed} partitions failed, {completed} are materialized."]
    lines += [f"{key}: {headline(error)}" for key, error in list(failed.items())[:SHOWN]]
    lines += [f"{key}: was not finished" for key in missing[: SHOWN - len(failed)]] if len(failed) < SHOWN else []
    if unfinished > SHOWN:
        lines.append(f"… and {unfinished - SHOWN} more.")
    metadata = {
        "partitions_failed": len(failed),
        "partitions_completed": completed,
        "failed_partitions": dg.MetadataValue.json([*failed, *missing]),
    }
    error = next(iter(failed.values()), None)
    failure = build_failure("\n".join(lines), error=error, metadata=metadata)
    failure.allow_retries = not failed or not all(is_fatal(error) for error in failed.values())
    return failure


def build_unexplained_failure(code: int, tail: str) -> dg.Failure:
    """The failure of a process that ended without saying why: the end of its standard error says it, if anything."""
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    metadata = {"exit_code": code, "stderr": dg.MetadataValue.md(f"```\n{tail.strip()}\n```")}
    said = f"The end of its standard error:\n{tail.strip()}" if tail.strip() else "It wrote nothing to standard error."
    return dg.Failure(f"The operator's process {how} without saying why.\n{said}", metadata)
