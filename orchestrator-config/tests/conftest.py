import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from raw_project import operator, write_project

from millrace.dagster import millrace_assets

WORKSPACE_NODE = Path(__file__).parents[2] / "node_modules" / ".bin" / "node"


@pytest.fixture(autouse=True)
def node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects in temporary folders have no Node of their own: they take the workspace's."""
    if WORKSPACE_NODE.exists() and "MILLRACE_NODE" not in os.environ:
        monkeypatch.setenv("MILLRACE_NODE", str(WORKSPACE_NODE))


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def run(tmp_path: Path, instance: dg.DagsterInstance) -> Callable[..., dg.ExecuteInProcessResult]:
    """Runs one operator, `flights`, with this script; `days` is the first and last key of a run over a range."""

    def run(
        script: str,
        *,
        days: tuple[str, str] | None = None,
        others: dict[str, dict[str, Any]] | None = None,
        config: dict[str, Any] | None = None,
        **manifest: Any,
    ) -> dg.ExecuteInProcessResult:
        if days:
            manifest.setdefault("partitions", DAILY)
        project = write_project(tmp_path, {"flights": operator(script, **manifest), **(others or {})})
        job = dg.Definitions(assets=millrace_assets(project)).resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"ops": {"flights": {"config": config}}} if config else None,
            tags=range_tags(*days) if days else None,
        )

    return run


DAILY = {"kind": "daily", "start": "2013-01-01", "end": "2014-01-01", "timeZone": "UTC"}


def range_tags(start: str, end: str) -> dict[str, str]:
    """The tags with which Dagster runs a range of partitions as one run."""
    return {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end}
