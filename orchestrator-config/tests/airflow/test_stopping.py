"""How a process ends when its task is told to stop, runs out of time, or is gone."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import HOME
from dag_runs import write_dag
from processes import is_alive, wait_for
from raw_project import operator, write_project

WAITS = """
writeFileSync(`${project}/pid`, String(process.pid));
await sleep(60_000);
"""
STUBBORN = 'for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => writeFileSync(`${project}/${name}`, ""));'
WITH_CHILD = 'const child = spawn("sleep", ["60"]); writeFileSync(`${project}/child`, String(child.pid));'
FLOOD = """
writeFileSync(`${project}/pid`, String(process.pid));
while (true) { console.error("x".repeat(1000)); log("y".repeat(1000)); await sleep(0); }
"""
SETTLES = """
process.once("SIGTERM", () => {
  for (let i = 0; i < 3_000; i++) log(`settled ${i}.`);
  closed(error("AbortError", "stopped")); process.exit(143);
});
"""


def stop_when_at_work(project: Path) -> threading.Thread:
    """Does what Airflow's supervisor does: it sends SIGTERM to the task's process, which is this one."""

    def stop() -> None:
        wait_for((project / "pid").exists)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=stop)
    thread.start()
    return thread


@pytest.mark.parametrize("work", [WAITS, FLOOD], ids=["waits", "floods"])
def test_a_process_that_does_not_stop_is_killed_with_all_it_started_before_airflow_kills_the_task(run, tmp_path, work):
    thread = stop_when_at_work(tmp_path)
    result = run(f"opened(); {STUBBORN} {WITH_CHILD} {work}", task="grace_seconds=1")
    thread.join()
    assert result.states == {"flights": "failed"}
    assert (tmp_path / "SIGTERM").exists()
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert not is_alive(int((tmp_path / "child").read_text()))
    assert result.events("flights") == []


def test_what_a_process_says_while_it_settles_is_kept(run, tmp_path, capfd):
    thread = stop_when_at_work(tmp_path)
    result = run(f"opened(); {SETTLES} {WAITS}")
    thread.join()
    assert result.states == {"flights": "failed"}
    said = capfd.readouterr().out
    assert all(f"settled {i}." in said for i in range(3_000))
    assert "The task was told to stop" in said


def test_a_task_that_runs_out_of_time_leaves_no_process(run, tmp_path, capfd):
    result = run(
        f"opened(); {STUBBORN} {WITH_CHILD} {WAITS}",
        task="grace_seconds=1, execution_timeout=timedelta(seconds=2)",
    )
    assert result.states == {"flights": "failed"}
    assert "Timeout" in capfd.readouterr().out
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert not is_alive(int((tmp_path / "child").read_text()))


RUN = """
import sys
from pathlib import Path
from dag_runs import load_dag
load_dag(Path(sys.argv[1])).test()
"""


def test_the_lifeline_tells_the_process_that_the_task_was_killed(tmp_path):
    notices = 'process.on("lifeline", () => writeFileSync(`${project}/noticed`, ""));'
    project = write_project(tmp_path, {"flights": operator(f"{notices} opened(); {WAITS}")})
    file = write_dag(f'MillraceOperator(task_id="flights", project="{project}", operator="flights")')
    path = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    env = {**os.environ, "PYTHONPATH": path, "MILLRACE_TEST_HOME": str(HOME)}
    task = subprocess.Popen([sys.executable, "-c", RUN, str(file)], env=env, stdout=subprocess.DEVNULL)
    try:
        wait_for((project / "pid").exists, seconds=60)
    finally:
        task.kill()
        task.wait()
    pid = int((project / "pid").read_text())
    try:
        wait_for((project / "noticed").exists)
    finally:
        os.kill(pid, signal.SIGKILL)
