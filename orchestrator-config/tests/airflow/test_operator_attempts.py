"""How attempts at a task follow one another."""

from types import SimpleNamespace

import pytest

from millrace.airflow.launch_context import load_id

LOADED = 'materialized({ "dagster/row_count": { type: "int", raw_value: 842 } });'


RETRY = "retries=2, retry_delay=timedelta(0)"


def test_an_attempt_that_failed_is_followed_by_another_which_says_so(run, tmp_path):
    script = """
        const { appendFileSync, existsSync } = await import("node:fs");
        appendFileSync(`${project}/attempts`, `${context.run_id} ${context.retry_number}\\n`);
        opened();
        if (context.retry_number === 0) { closed(error("RetryableError", "[BUSY] later.")); process.exit(1); }
    """
    result = run(f"{script} {LOADED} closed();", task=RETRY)
    assert result.states == {"flights": "success"}
    first, second = (tmp_path / "attempts").read_text().splitlines()
    assert (first.split()[0], first.split()[1], second.split()[1]) == (second.split()[0], "0", "1")


def attempt(number: int, *, allowed: int, retries: int = 2, map_index: int = -1) -> SimpleNamespace:
    """A task instance: Airflow raises what is `allowed` each time that the task is cleared."""
    task = SimpleNamespace(retries=retries)
    names = {"dag_id": "etl", "run_id": "manual", "task_id": "flights"}
    return SimpleNamespace(**names, try_number=number, max_tries=allowed, map_index=map_index, task=task)


@pytest.mark.parametrize(
    ("task", "identity"),
    [
        (attempt(1, allowed=2), "etl/manual/flights"),
        (attempt(3, allowed=2), "etl/manual/flights"),
        # Cleared after its first attempt: it is to load anew, and not to be told that it was loaded before.
        (attempt(2, allowed=3), "etl/manual/flights#2"),
        (attempt(4, allowed=3), "etl/manual/flights#2"),
        (attempt(1, allowed=2, map_index=0), "etl/manual/flights[0]"),
        (attempt(2, allowed=1, retries=0, map_index=3), "etl/manual/flights[3]#2"),
    ],
)
def test_attempts_at_the_same_load_have_the_same_name_until_the_task_is_cleared(task, identity):
    assert load_id(task) == identity
