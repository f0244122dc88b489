"""The context that an operator's process gets from a task of Airflow."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Context = Mapping[str, Any]


def build_launch_context(
    context: Context, *, asset_keys: Sequence[str], config: Mapping[str, Any], keys: Sequence[str]
) -> dict[str, Any]:
    """The context of docs/protocol.md; what is Airflow's own is in `extras.airflow`."""
    task, dag_run = context["ti"], context["dag_run"]
    extras: dict[str, Any] = {"config": config, "airflow": _airflow(context)}
    if keys:
        extras["partition_keys"] = list(keys)
    return {
        "run_id": load_id(task),
        "job_name": dag_run.dag_id,
        "retry_number": task.try_number - _first_try(task),
        "asset_keys": list(asset_keys),
        "partition_key": keys[0] if len(keys) == 1 else None,
        "extras": extras,
    }


def load_id(task: Any) -> str:
    """Names what is to be loaded once: the same for all attempts at it, and another one once the task was cleared.

    A run's id is only unique in its DAG, and two of its tasks may run the same operator.
    """
    mapped = f"[{task.map_index}]" if (task.map_index or 0) >= 0 and task.map_index is not None else ""
    first = _first_try(task)
    cleared = f"#{first}" if first > 1 else ""
    return f"{task.dag_id}/{task.run_id}/{task.task_id}{mapped}{cleared}"


def _first_try(task: Any) -> int:
    """The first attempt since the task was cleared, as Airflow reckons it."""
    return min(task.try_number, max(1, task.max_tries - (task.task.retries or 0) + 1))


def _airflow(context: Context) -> dict[str, Any]:
    task, dag_run = context["ti"], context["dag_run"]
    moments = {name: context.get(name) for name in ("logical_date", "data_interval_start", "data_interval_end")}
    params = context.get("params") or {}
    return {
        "dag_id": task.dag_id,
        "task_id": task.task_id,
        "run_id": task.run_id,
        "map_index": task.map_index,
        "try_number": task.try_number,
        "partition_key": context.get("partition_key"),
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
        "params": _json(dict(params)),
        "conf": _json(dag_run.conf or {}),
    }


def _json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))
