"""What a `defs.yaml` changes of single operators."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import dagster as dg
from dagster.components.resolved.base import resolve_fields
from dagster.components.resolved.core_models import (
    AssetSpecUpdateKwargs,
    MultiRunBackfillPolicyModel,
    SingleRunBackfillPolicyModel,
    resolve_backfill_policy,
)
from dagster_shared.record import record
from pydantic import BaseModel

from millrace.dagster.config_schema import build_config_schema
from millrace.dagster.location import located
from millrace.dagster.settings import StepSettings
from millrace.manifest import Operator

SETTINGS = ("retry_policy", "pool", "backfill_policy", "config", "parallel")
MERGED = ("metadata", "tags")


class RetryPolicyModel(dg.Resolvable, dg.Model):
    """When a failed step is tried again."""

    max_retries: int = 1
    delay: float | None = None
    """Seconds."""
    backoff: Literal["linear", "exponential"] | None = None
    jitter: Literal["full", "plus_minus"] | None = None


def _resolve_retry_policy(context: dg.ResolutionContext, model: RetryPolicyModel | None) -> dg.RetryPolicy | None:
    if model is None:
        return None
    backoff, jitter = model.backoff, model.jitter
    return dg.RetryPolicy(
        max_retries=model.max_retries,
        delay=model.delay,
        backoff=dg.Backoff[backoff.upper()] if backoff else None,
        jitter=dg.Jitter[jitter.upper()] if jitter else None,
    )


@record
class OperatorAttributes(AssetSpecUpdateKwargs):
    """Everything of an operator's asset that can be set in YAML, in place of what the operator says."""

    pool: Annotated[str | None, dg.Resolver.default(description="The pool that limits how many run at once.")] = None
    retry_policy: Annotated[
        dg.RetryPolicy | None,
        dg.Resolver(
            _resolve_retry_policy,
            model_field_type=RetryPolicyModel,
            description="When a failed step is tried again; it goes on where it stopped.",
        ),
    ] = None
    backfill_policy: Annotated[
        dg.BackfillPolicy | None,
        dg.Resolver(
            resolve_backfill_policy,
            model_field_type=SingleRunBackfillPolicyModel | MultiRunBackfillPolicyModel,
            description="Whether a range of partitions is one run, as by default, or several.",
        ),
    ] = None
    config: Annotated[
        Mapping[str, Any],
        dg.Resolver.default(description="Defaults for fields of the operator's configuration."),
    ] = {}
    parallel: Annotated[
        int | None,
        dg.Resolver.default(
            description="How many partitions of one run are loaded at a time; the operator's own number by default."
        ),
    ] = None


@dataclass(frozen=True)
class Override:
    """The attributes of one operator as they stand in the YAML, with the place where they do."""

    context: dg.ResolutionContext
    model: BaseModel

    def spec(self, operator: Operator, spec: dg.AssetSpec) -> dg.AssetSpec:
        """The spec with the attributes that are set."""
        attributes = {name: value for name, value in self._resolve(operator, spec).items() if name not in SETTINGS}
        prefix = attributes.pop("key_prefix", None)
        if prefix:
            attributes["key"] = attributes.get("key", spec.key).with_prefix(prefix)
        if "code_version" in attributes:  # a number, where the YAML has no quotes
            attributes["code_version"] = str(attributes["code_version"])
        merged = {name: attributes.pop(name) for name in MERGED if name in attributes}
        return spec.replace_attributes(**attributes).merge_attributes(**merged)

    def settings(self, operator: Operator, settings: StepSettings) -> StepSettings:
        """The settings with those that are set; raises MillraceError at the YAML line for an unknown config field."""
        resolved = self._resolve(operator, None)
        changed = {name: value for name, value in resolved.items() if name in SETTINGS}
        for field, default in changed.get("config", {}).items():
            with located(self.context.at_path("config").at_path(field)):
                build_config_schema(operator.config_schema, {field: default})
        return replace(settings, **changed)

    def _resolve(self, operator: Operator, spec: dg.AssetSpec | None) -> Mapping[str, Any]:
        set_fields = self.model.model_dump(exclude_unset=True)
        context = self.context.with_scope(operator=operator, spec=spec)
        resolved = resolve_fields(self.model, OperatorAttributes, context)
        return {name: value for name, value in resolved.items() if name in set_fields}


def resolve_overrides(context: dg.ResolutionContext, models: Mapping[str, BaseModel]) -> Mapping[str, Override]:
    """The overrides by the operators' names."""
    return {name: Override(context.at_path(name), model) for name, model in models.items()}
