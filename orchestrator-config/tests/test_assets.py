"""What Dagster sees of the operators."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from conftest import DAILY, range_tags
from raw_project import operator, write_project

from millrace.dagster import millrace_assets


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., dict[str, dg.AssetsDefinition]]:
    """The assets of a project with these operators, by name."""

    def build(**operators: dict[str, Any]) -> dict[str, dg.AssetsDefinition]:
        assets = millrace_assets(write_project(tmp_path, operators))
        return {asset.op.name: asset for asset in assets}

    return build


def test_an_asset_has_all_that_its_operator_says(build, tmp_path):
    asset = build(
        flights=operator(
            assetKey=["nyc", "flights"],
            description="Departures.",
            group="nyc",
            owners=["team:data"],
            tags={"tier": "gold"},
            codeVersion="abc",
            target={"table": "public.flights", "columns": [{"name": "carrier", "type": "text", "nullable": False}]},
            load={"strategy": "upsert"},
            retry={"maxRetries": 3, "delaySeconds": 10},
            pool="warehouse",
        )
    )["flights"]
    (spec,) = asset.specs
    assert spec.key == dg.AssetKey(["nyc", "flights"])
    assert (spec.description, spec.group_name, spec.code_version) == ("Departures.", "nyc", "abc")
    assert (spec.kinds, list(spec.owners), spec.tags["tier"]) == ({"typescript", "postgres"}, ["team:data"], "gold")
    assert spec.metadata["dagster/table_name"] == "public.flights"
    assert [column.name for column in spec.metadata["dagster/column_schema"].columns] == ["carrier"]
    (reference,) = spec.metadata["dagster/code_references"].code_references
    assert reference.file_path == str(tmp_path / "operators" / "flights.mjs")
    assert asset.op.retry_policy == dg.RetryPolicy(max_retries=3, delay=10)
    assert asset.op.pool == "warehouse"


def test_an_asset_is_scheduled_as_its_operator_asks(build):
    assets = build(
        eager=operator(
            automation="eager",
            freshness={"failMinutes": 90, "warnMinutes": 60},
            retry={"maxRetries": 3, "delaySeconds": 10, "backoff": "exponential", "jitter": "plus-minus"},
        ),
        nightly=operator(
            automation={"cron": "0 6 * * *", "timeZone": "Europe/Berlin"},
            freshness={"deadlineCron": "0 9 * * *", "withinMinutes": 180, "timeZone": "Europe/Berlin"},
        ),
        complete=operator(automation="on-missing"),
        manual=operator(),
    )
    specs = {name: next(iter(asset.specs)) for name, asset in assets.items()}
    assert {name: spec.automation_condition for name, spec in specs.items()} == {
        "eager": dg.AutomationCondition.eager(),
        "nightly": dg.AutomationCondition.on_cron("0 6 * * *", "Europe/Berlin"),
        "complete": dg.AutomationCondition.on_missing(),
        "manual": None,
    }
    assert specs["eager"].freshness_policy == dg.FreshnessPolicy.time_window(
        fail_window=timedelta(minutes=90), warn_window=timedelta(minutes=60)
    )
    assert specs["nightly"].freshness_policy == dg.FreshnessPolicy.cron(
        "0 9 * * *", timedelta(hours=3), "Europe/Berlin"
    )
    assert assets["eager"].op.retry_policy == dg.RetryPolicy(
        max_retries=3, delay=10, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
    )


def test_dependencies_are_operators_by_name_and_other_assets_by_key(build):
    assets = build(
        airports=operator(assetKey=["nyc", "airports"]),
        flights=operator(dependsOn=["airports", "lake/weather"]),
    )
    (spec,) = assets["flights"].specs
    assert {dep.asset_key for dep in spec.deps} == {dg.AssetKey(["nyc", "airports"]), dg.AssetKey(["lake", "weather"])}


def test_partitions_of_the_same_days_depend_on_each_other_day_by_day(build):
    assets = build(
        airports=operator(),
        flights=operator(partitions=DAILY),
        delays=operator(partitions=DAILY, dependsOn=["flights"]),
    )
    graph = dg.Definitions(assets=list(assets.values())).resolve_asset_graph()
    flights, delays = dg.AssetKey("flights"), dg.AssetKey("delays")
    mapping = graph.get_partition_mapping(delays, flights)
    assert isinstance(mapping, dg.TimeWindowPartitionMapping)


@pytest.mark.parametrize(
    ("partitions", "keys"),
    [
        (DAILY, ["2013-01-01", "2013-12-31"]),
        ({**DAILY, "end": "2013-01-03"}, ["2013-01-01", "2013-01-02"]),
        (
            {"kind": "hourly", "start": "2013-01-01T05:00", "end": "2013-01-01T08:00", "timeZone": "UTC"},
            ["2013-01-01-05:00", "2013-01-01-07:00"],
        ),
        (
            {"kind": "hourly", "start": "2013-01-01", "end": "2013-01-02", "timeZone": "America/New_York"},
            ["2013-01-01-00:00", "2013-01-01-23:00"],
        ),
        ({**DAILY, "kind": "weekly"}, ["2013-01-06", "2013-12-22"]),
        ({**DAILY, "kind": "monthly"}, ["2013-01-01", "2013-12-01"]),
        ({"kind": "static", "keys": ["b", "a", "c"]}, ["b", "c"]),
        (
            {
                "kind": "multi",
                "dimensions": {
                    "region": {"kind": "static", "keys": ["x", "y"]},
                    "date": {**DAILY, "end": "2013-01-03"},
                },
            },
            ["2013-01-01|x", "2013-01-02|y"],
        ),
    ],
)
def test_partitions_have_the_first_and_last_key_that_the_operator_says(build, partitions, keys):
    found = build(flights=operator(partitions=partitions))["flights"].partitions_def.get_partition_keys()
    assert [found[0], found[-1]] == keys


def test_dynamic_partitions_are_those_that_the_instance_has(build, instance):
    partitions = build(flights=operator(partitions={"kind": "dynamic", "name": "customers"}))["flights"].partitions_def
    instance.add_dynamic_partitions("customers", ["acme"])
    assert partitions.get_partition_keys(dynamic_partitions_store=instance) == ["acme"]


def test_a_day_of_partitions_in_a_time_zone_has_23_or_25_hours(build):
    partitions = build(flights=operator(partitions={**DAILY, "timeZone": "America/New_York"}))["flights"].partitions_def
    hours = {
        key: (window.end.timestamp() - window.start.timestamp()) / 3600
        for key in ("2013-03-10", "2013-07-01", "2013-11-03")
        for window in [partitions.time_window_for_partition_key(key)]
    }
    assert hours == {"2013-03-10": 23, "2013-07-01": 24, "2013-11-03": 25}


def test_checks_are_asset_checks_and_blocking_ones_block(build):
    checks = [
        {"name": "row_count", "description": "Rows.", "blocking": True},
        {"name": "not_null", "description": None, "blocking": False},
    ]
    specs = build(flights=operator(checks=checks))["flights"].check_specs
    assert {(spec.name, spec.description, spec.blocking) for spec in specs} == {
        ("row_count", "Rows.", True),
        ("not_null", None, False),
    }


def test_a_range_of_partitions_is_one_run(build):
    assert build(flights=operator(partitions=DAILY))["flights"].backfill_policy == dg.BackfillPolicy.single_run()


def test_columns_lead_to_those_that_they_are_made_from_under_their_translated_keys(tmp_path, instance):
    """In the definition and in each materialization, where Dagster looks for it."""
    origins = [
        {"operator": "flights", "assetKey": ["flights"], "column": "dep_delay"},
        {"operator": None, "assetKey": ["lake"], "column": "x"},
    ]
    delays = operator(
        "opened(); for (const key of keys) completed(key); materialized(); closed();",
        partitions=DAILY,
        lineage=[{"column": "avg_delay", "from": origins}],
    )
    assets = millrace_assets(
        write_project(tmp_path, {"flights": operator(), "delays": delays}),
        select=["delays"],
        translate=lambda operator, spec: (
            spec.replace_attributes(key=spec.key.with_prefix("nyc")) if operator.name == "flights" else spec
        ),
    )
    expected = dg.TableColumnLineage(
        {
            "avg_delay": [
                dg.TableColumnDep(dg.AssetKey(["nyc", "flights"]), "dep_delay"),
                dg.TableColumnDep(dg.AssetKey("lake"), "x"),
            ]
        }
    )
    job = dg.Definitions(assets=assets).resolve_implicit_global_asset_job_def()
    single = {"dagster/partition": "2013-01-01"}
    for tags, materializations in ((single, 1), (range_tags("2013-01-02", "2013-01-04"), 3)):
        result = job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)
        events = result.asset_materializations_for_node("delays")
        assert [event.metadata["dagster/column_lineage"].value for event in events] == [expected] * materializations
