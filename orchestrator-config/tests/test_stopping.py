"""How a process ends when its step is interrupted or Dagster is gone."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import dagster as dg
import pytest
from conftest import DAILY, range_tags
from processes import is_alive, wait_for
from raw_project import operator, write_project

from millrace.dagster import millrace_assets

WAITS = """
writeFileSync(`${project}/pid`, String(process.pid));
await sleep(20_000);
writeFileSync(`${project}/finished`, "");
"""
GRACEFUL = (
    'process.once("SIGINT", () => { completed(keys[1]); closed(error("AbortError", "stopped")); process.exit(1); });'
)
STUBBORN = 'for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => writeFileSync(`${project}/${name}`, ""));'
WITH_CHILD = 'const child = spawn("sleep", ["60"]); writeFileSync(`${project}/child`, String(child.pid));'


def interrupt(
    project: Path, instance: dg.DagsterInstance, days: tuple[str, str] = ("2013-01-01", "2013-01-03")
) -> None:
    """Runs a range here and interrupts it, as Dagster does to terminate a run, once the operator is at work."""
    job = dg.Definitions(assets=millrace_assets(project, grace_seconds=0.5)).resolve_implicit_global_asset_job_def()

    def send() -> None:
        wait_for((project / "pid").exists)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        with pytest.raises(BaseException) as raised:
            job.execute_in_process(instance=instance, tags=range_tags(*days))
    finally:
        thread.join()
    assert "Interrupt" in type(raised.value).__name__


def test_an_interrupted_process_settles_and_what_it_completed_is_kept(tmp_path, instance):
    script = f"opened(); completed(keys[0]); {GRACEFUL} {WAITS}"
    project = write_project(tmp_path, {"flights": operator(script, partitions=DAILY)})
    interrupt(project, instance)
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == {"2013-01-01", "2013-01-02"}


def test_all_that_an_interrupted_process_has_said_is_kept(tmp_path, instance):
    answer = 'process.on("SIGINT", () => { for (const key of keys) completed(key); process.exit(1); });'
    project = write_project(tmp_path, {"flights": operator(f"opened(); {answer} {WAITS}", partitions=DAILY)})
    interrupt(project, instance, ("2013-01-01", "2013-04-10"))
    assert len(instance.get_materialized_partitions(dg.AssetKey("flights"))) == 100


def test_a_process_that_does_not_stop_is_asked_again_and_then_killed_with_all_it_started(tmp_path, instance):
    script = f"opened(); completed(keys[0]); {STUBBORN} {WITH_CHILD} {WAITS}"
    project = write_project(tmp_path, {"flights": operator(script, partitions=DAILY)})
    interrupt(project, instance)
    assert (project / "SIGINT").exists() and (project / "SIGTERM").exists()
    assert not (project / "finished").exists()
    assert not is_alive(int((project / "pid").read_text()))
    assert not is_alive(int((project / "child").read_text()))
    assert instance.get_materialized_partitions(dg.AssetKey("flights")) == {"2013-01-01"}


RUN = """
import sys, dagster as dg
from millrace.dagster import millrace_assets
dg.materialize(millrace_assets(sys.argv[1]), instance=dg.DagsterInstance.ephemeral())
"""


def test_the_lifeline_tells_the_process_that_dagster_was_killed(tmp_path):
    script = f'process.on("lifeline", () => writeFileSync(`${{project}}/noticed`, "")); opened(); {WAITS}'
    project = write_project(tmp_path, {"flights": operator(script)})
    dagster = subprocess.Popen([sys.executable, "-c", RUN, str(project)], stderr=subprocess.DEVNULL)
    try:
        wait_for((project / "pid").exists)
    finally:
        dagster.kill()
        dagster.wait()
    pid = int((project / "pid").read_text())
    try:
        wait_for((project / "noticed").exists)
    finally:
        os.kill(pid, signal.SIGKILL)
