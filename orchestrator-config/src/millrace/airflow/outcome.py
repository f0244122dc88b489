"""What a run leaves in Airflow: the event of its asset, the task's return value, the state stores."""

from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import Asset

from millrace.airflow.reports import Check, Materialization, Reports

Context = Mapping[str, Any]


def summarize(reports: Reports) -> dict[str, Any]:
    """What was loaded, as JSON: counts by outcome, dead letters, checkpoint, data version, checks."""
    asset, report = next(iter(reports.materialized.items()))
    versions = _versions(reports, report)
    return {
        "asset": asset,
        **({"partitions": list(reports.keys)} if reports.keys else {}),
        **report.metadata,
        **({"data_version": versions} if versions else {}),
        **({"checks": {str(check): _state(check) for check in reports.checks}} if reports.checks else {}),
    }


def record(context: Context, asset: Asset | None, summary: Mapping[str, Any], log: Any) -> None:
    """Puts the summary into the event of the asset, and a copy of it where the UI shows the state of task and asset."""
    if asset is not None:
        event = context["outlet_events"][asset]
        event.extra.update(summary)
        if getattr(context["dag"].timetable, "partitioned_at_runtime", False) and summary.get("partitions"):
            event.add_partitions(summary["partitions"])
        _mirror(lambda: context["asset_state_store"][asset].set("last_load", dict(summary)), log)
    mirror_task_state(context, {"status": "loaded", **summary}, log)


def record_failure(context: Context, reports: Reports, error: BaseException, log: Any) -> None:
    """Keeps how far an attempt came, so that it can be seen while the next one waits."""
    done = {"loaded": list(reports.partitions), "failed": list(reports.failed)} if len(reports.keys) > 1 else {}
    mirror_task_state(context, {"status": "failed", "error": str(error), **done}, log)


def mirror_task_state(context: Context, state: Mapping[str, Any], log: Any) -> None:
    attempt = getattr(context["ti"], "try_number", None)
    _mirror(lambda: context["task_state_store"].set("millrace", {**state, "attempt": attempt}), log)


def _mirror(write: Any, log: Any) -> None:
    # The checkpoint that counts is in the target database: a copy that could not be made is no reason to fail.
    try:
        write()
    except Exception as error:
        log.warning("The state could not be shown in Airflow's state store", reason=str(error))


def _versions(reports: Reports, report: Materialization) -> Any:
    if report.data_version:
        return report.data_version
    return {key: partition.data_version for key, partition in reports.partitions.items() if partition.data_version}


def _state(check: Check) -> str:
    return "passed" if check.passed else "failed" if check.blocking else "warned"
