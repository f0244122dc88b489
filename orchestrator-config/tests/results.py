"""What tests look at in the result of a step."""

import dagster as dg


def failure(result: dg.ExecuteInProcessResult) -> dg.DagsterEvent:
    """The step's failure; a run that did not fail, or failed elsewhere, is an error."""
    assert not result.success
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data


def description(result: dg.ExecuteInProcessResult) -> str:
    return failure(result).user_failure_data.description


def materialized(result: dg.ExecuteInProcessResult, node: str = "flights") -> list[str | None]:
    return [event.partition for event in result.asset_materializations_for_node(node)]
