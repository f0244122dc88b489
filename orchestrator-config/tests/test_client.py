"""What a step makes of its process."""

import dagster as dg


def failure(result: dg.ExecuteInProcessResult) -> dg.Failure | None:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data


def test_a_process_that_reports_is_a_materialization_with_its_metadata(run):
    result = run(
        """opened(); materialized({ "dagster/row_count": { type: "int", raw_value: 842 } }, "v1"); closed();"""
    )
    assert result.success
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["dagster/row_count"] == dg.MetadataValue.int(842)
    assert event.tags["dagster/data_version"] == "v1"


def test_a_range_records_each_partition_once_and_lets_later_steps_go_on(run, instance):
    result = run(
        """
        opened();
        for (const key of keys) completed(key, { rows: { type: "int", raw_value: Number(key.slice(-2)) } });
        materialized(); closed();
        """,
        partitions=("2013-01-01", "2013-01-03"),
    )
    assert result.success
    events = result.asset_materializations_for_node("flights")
    assert [(e.partition, e.metadata["rows"].value) for e in events] == [
        ("2013-01-01", 1),
        ("2013-01-02", 2),
        ("2013-01-03", 3),
    ]
