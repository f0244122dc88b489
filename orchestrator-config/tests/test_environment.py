"""Where an operator's secrets come from."""

import dagster as dg
import pytest
from raw_project import operator, write_project

from millrace.dagster import OperatorResource, millrace_assets
from millrace.errors import MillraceError

SAYS = """
opened();
const { DATABASE_URL = "none", BUCKET = "none" } = process.env;
materialized({ database: { type: "text", raw_value: DATABASE_URL }, bucket: { type: "text", raw_value: BUCKET } });
closed();
"""


def said(result: dg.ExecuteInProcessResult) -> tuple[str, str]:
    (event,) = result.asset_materializations_for_node("flights")
    return event.metadata["database"].value, event.metadata["bucket"].value


def test_a_resource_gives_the_database_and_its_secret_is_known_only_when_the_operator_starts(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assets = millrace_assets(write_project(tmp_path, {"flights": operator(SAYS)}), resource="warehouse")
    warehouse = OperatorResource(database_url=dg.EnvVar("WAREHOUSE_URL"), env={"BUCKET": "lake"})
    job = dg.Definitions(assets=assets, resources={"warehouse": warehouse}).resolve_implicit_global_asset_job_def()
    monkeypatch.setenv("WAREHOUSE_URL", "postgres://w")
    with dg.DagsterInstance.ephemeral() as instance:
        assert said(job.execute_in_process(instance=instance)) == ("postgres://w", "lake")


def test_a_missing_resource_is_found_before_anything_runs(tmp_path):
    assets = millrace_assets(write_project(tmp_path, {"flights": operator(SAYS)}), resource="warehouse")
    with pytest.raises(dg.DagsterInvalidDefinitionError, match="warehouse"):
        dg.Definitions.validate_loadable(dg.Definitions(assets=assets))


def test_a_variable_of_the_environment_is_looked_up_when_the_operator_starts(tmp_path, monkeypatch, instance):
    project = write_project(tmp_path, {"flights": operator(SAYS)})
    assets = millrace_assets(project, env={"DATABASE_URL": dg.EnvVar("WAREHOUSE_URL"), "BUCKET": "pond"})
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    with pytest.raises(MillraceError, match=r"\[ENV_MISSING\] WAREHOUSE_URL is not set"):
        dg.materialize(assets, instance=instance)
    monkeypatch.setenv("WAREHOUSE_URL", "postgres://x")
    assert said(dg.materialize(assets, instance=instance)) == ("postgres://x", "pond")
