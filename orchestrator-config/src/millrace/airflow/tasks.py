"""Tasks of Airflow from the operators of a TypeScript project."""

import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from inspect import stack
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import Asset

from millrace.airflow.operator import MillraceOperator
from millrace.launcher import find_launcher
from millrace.manifest import Operator
from millrace.manifest_cache import load_manifest
from millrace.selection import select_operators

OfOperators = Mapping[str, Mapping[str, Any]]


def millrace_tasks(
    project: str | os.PathLike[str],
    *,
    select: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    config: OfOperators | None = None,
    conn_env: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
    partition: Any = None,
    asset_prefix: str = "",
    overrides: OfOperators | None = None,
    **kwargs: Any,
) -> dict[str, Any]:
    """Makes a task of each operator of the project, in the DAG and the group that are open, and returns them by name.

    `project` is relative to the file that calls this. `select` and `exclude` are names of operators, in which `*`
    stands for any characters. A task comes after those of the operators that its own depends on; whatever else it
    depends on, and those operators that are not selected, are inlets. Its outlet is the asset of its operator, with
    `asset_prefix` in front. Retries and pool are the operator's own. `config` has the configuration of single
    operators, `overrides` arguments of single tasks, and all other arguments are those of every task.

    `partition` may be the output of a task, or a list of keys: then the tasks of partitioned operators are mapped over
    it, one for each key.

    Raises MillraceError where the project's manifest can not be had or a name is not in it.
    """
    folder = Path(stack()[1].filename).parent / project
    manifest = load_manifest(folder)
    chosen = select_operators(manifest, select, exclude)
    for name in {**(config or {}), **(overrides or {})}:
        manifest.operator(name)
    names = {operator.name for operator in chosen}
    assets = {operator.name: _asset_name(operator, asset_prefix) for operator in manifest.operators}
    tasks: dict[str, Any] = {}
    for operator in chosen:
        arguments = {
            "task_id": operator.name,
            "project": str(find_launcher(folder).project),
            "operator": operator.name,
            "conn_env": conn_env,
            "env": env,
            "config": (config or {}).get(operator.name),
            "outlets": [Asset(assets[operator.name])],
            "inlets": [Asset(assets.get(name, name)) for name in operator.depends_on],
            "doc_md": operator.description,
            **_settings(operator),
            **kwargs,
            **(overrides or {}).get(operator.name, {}),
        }
        if partition is None or operator.partitions is None:
            tasks[operator.name] = MillraceOperator(**arguments)
        else:
            tasks[operator.name] = MillraceOperator.partial(**arguments).expand(partition=partition)
    for operator in chosen:
        for name in names.intersection(operator.depends_on):
            tasks[name] >> tasks[operator.name]
    return tasks


def _asset_name(operator: Operator, prefix: str) -> str:
    return prefix + "/".join(operator.asset_key)


def _settings(operator: Operator) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if operator.retry:
        settings["retries"] = operator.retry.max_retries
        settings["retry_delay"] = timedelta(seconds=operator.retry.delay_seconds)
        settings["retry_exponential_backoff"] = operator.retry.backoff == "exponential"
    if operator.partitions is None:
        # Two at once would load the same table, and the newer one would fence off the older.
        settings["max_active_tis_per_dag"] = 1
    if operator.pool:
        settings["pool"] = operator.pool
    return settings
