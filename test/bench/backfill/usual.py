"""The same operator in the way that Dagster's documentation of Pipes has it: one partition a run."""

import os

import dagster as dg

from millrace.launcher import find_launcher

LAUNCHER = find_launcher(os.environ["BENCH_PROJECT"])


@dg.asset(
    partitions_def=dg.DailyPartitionsDefinition("2013-01-01", end_date="2014-01-01", timezone="America/New_York"),
    check_specs=[dg.AssetCheckSpec(name, asset="flights") for name in ("row_count", "not_null_tailnum")],
)
def flights(context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient):
    yield from pipes.run(context=context, command=LAUNCHER.exec_argv("flights")).get_results()


defs = dg.Definitions(assets=[flights], resources={"pipes": dg.PipesSubprocessClient()})
