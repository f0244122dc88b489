"""What a step makes of the checks of its process."""

import dagster as dg
from raw_project import operator
from results import materialized

DAYS = ("2013-01-01", "2013-01-03")


DOWNSTREAM = operator(
    "opened(); for (const key of keys) completed(key); materialized(); closed();",
    dependsOn=["flights"],
    partitions={"kind": "daily", "start": "2013-01-01", "end": "2014-01-01", "timeZone": "UTC"},
)


CHECKS = [{"name": "not_null", "description": "No nulls.", "blocking": True}]


def test_a_blocking_check_that_fails_stops_later_steps(run):
    after = operator("opened(); materialized(); closed();", dependsOn=["flights"])
    result = run(
        'opened(); materialized(); checked("not_null", false); closed();', checks=CHECKS, others={"delays": after}
    )
    assert not result.success
    assert materialized(result) == [None]
    assert "delays" not in [event.step_key for event in result.all_events if event.is_step_start]


def test_a_check_that_warns_lets_later_steps_go_on(run):
    after = operator("opened(); materialized(); closed();", dependsOn=["flights"])
    result = run(
        'opened(); materialized(); checked("not_null", false, "WARN"); closed();',
        checks=CHECKS,
        others={"delays": after},
    )
    assert result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_checks_of_a_range_are_evaluated_for_each_partition(run):
    result = run(
        """
        opened();
        for (const key of keys) { completed(key); checkedPartition(key, "not_null", key !== "2013-01-02"); }
        materialized(); closed();
        """,
        days=DAYS,
        checks=CHECKS,
        others={"delays": DOWNSTREAM},
    )
    evaluations = [(evaluation.partition, evaluation.passed) for evaluation in result.get_asset_check_evaluations()]
    assert evaluations == [("2013-01-01", True), ("2013-01-02", False), ("2013-01-03", True)]
    assert materialized(result) == ["2013-01-01", "2013-01-02", "2013-01-03"]
    assert not result.success
    assert materialized(result, "delays") == []
