"""What Dagster's step of an operator has, beside its asset's spec."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from millrace.dagster.scheduling import build_retry_policy
from millrace.manifest import Operator


@dataclass(frozen=True)
class StepSettings:
    """How the step of one operator is run."""

    retry_policy: dg.RetryPolicy | None = None
    pool: str | None = None
    backfill_policy: dg.BackfillPolicy | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    """Defaults for fields of the operator's configuration, in place of its own."""
    parallel: int | None = None
    """How many partitions of one run are loaded at a time, in place of the operator's own number."""


def default_settings(operator: Operator) -> StepSettings:
    """The settings that an operator has by itself; a range of its partitions is one run."""
    retry = build_retry_policy(operator.retry)
    # Without partitions too: `dagster asset materialize --partition-range` demands it of all that run together.
    return StepSettings(retry, operator.pool, dg.BackfillPolicy.single_run())
