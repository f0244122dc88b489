"""Assets of Dagster from the operators of a TypeScript project."""

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dagster as dg

from millrace.dagster.client.client import OperatorClient
from millrace.dagster.config_schema import build_config_schema
from millrace.dagster.settings import StepSettings, default_settings
from millrace.dagster.spec import Translation, build_check_specs, build_specs, step_name
from millrace.launcher import find_launcher
from millrace.manifest import Operator
from millrace.manifest_cache import load_manifest
from millrace.selection import select_operators


def millrace_assets(
    project: str | os.PathLike[str],
    *,
    select: Iterable[str] | None = None,
    exclude: Iterable[str] | None = None,
    translate: Translation | None = None,
    settings: Callable[[Operator], StepSettings] = default_settings,
    env: Mapping[str, str] | None = None,
    resource: str | None = None,
    grace_seconds: float = 10,
) -> list[dg.AssetsDefinition]:
    """The assets of the TypeScript project in the folder `project`, one for each operator.

    `select` and `exclude` are names of operators, in which `*` stands for any characters. `translate` changes an
    asset's spec, and what depends on it follows a changed key. `settings` says how an operator's step is run. `env` is
    added to the environment of the operators' processes; a `dg.EnvVar` in it is looked up when one starts.
    `resource` is the key of an `OperatorResource` that gives more of it. A process that is to stop has
    `grace_seconds` to settle what it is doing before it is asked again, and then killed.

    Raises MillraceError when the project's manifest can not be had or a name is not in it.
    """
    manifest = load_manifest(project)
    client = OperatorClient(find_launcher(project), env or {}, resource, grace_seconds)
    specs = build_specs(manifest.operators, client.launcher.project, translate or _unchanged)
    return [
        _build_asset(operator, specs[operator.name], settings(operator), client)
        for operator in select_operators(manifest, select, exclude)
    ]


def _build_asset(
    operator: Operator, spec: dg.AssetSpec, settings: StepSettings, client: OperatorClient
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=step_name(operator),
        description=spec.description,
        specs=[spec],
        check_specs=build_check_specs(operator, spec),
        config_schema=build_config_schema(operator.config_schema, settings.config),
        backfill_policy=settings.backfill_policy,
        retry_policy=settings.retry_policy,
        pool=settings.pool,
        required_resource_keys={client.resource} if client.resource else set(),
    )
    def run_operator(context: dg.AssetExecutionContext) -> Any:
        yield from client.run(context, operator.name, parallel=settings.parallel)

    return run_operator


def _unchanged(operator: Operator, spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec
