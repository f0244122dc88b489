"""What a step makes of its process."""

import dagster as dg
from results import description


def test_a_report_becomes_a_materialization_with_its_metadata_and_data_version(run):
    result = run('opened(); materialized({ rows: { type: "int", raw_value: 842 } }, "v1"); closed();')
    assert result.success
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["rows"] == dg.MetadataValue.int(842)
    assert event.tags["dagster/data_version"] == "v1"


def test_the_configuration_of_the_run_reaches_the_process_with_its_defaults(run):
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 3}}}
    result = run(
        'opened(); materialized({ config: { type: "json", raw_value: context.extras.config } }); closed();',
        configSchema=schema,
        config={"a": "x"},
    )
    (event,) = result.asset_materializations_for_node("flights")
    assert event.metadata["config"].value == {"a": "x", "b": 3}


RETRY = {"maxRetries": 2, "delaySeconds": 0}


def test_an_error_that_trying_again_can_not_help_is_not_retried(run):
    result = run('opened(); closed(error("FatalError", "[TABLE_MISSING]")); process.exit(1);', retry=RETRY)
    assert "TABLE_MISSING" in description(result)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]
