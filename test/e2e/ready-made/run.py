"""Runs all operators of a project in one Dagster run for each line of stdin, and prints what Dagster has recorded."""

import json
import sys

import dagster as dg

from millrace.dagster import millrace_assets

job = dg.Definitions(assets=millrace_assets(sys.argv[1])).resolve_implicit_global_asset_job_def()

with dg.DagsterInstance.get() as instance:
    for _ in sys.stdin:
        run = job.execute_in_process(instance=instance, raise_on_error=False)
        recorded = {"success": run.success, "materialized": {}, "checks": {}, "failed": {}}
        for entry in instance.all_logs(run.run_id):
            event = entry.dagster_event
            if event is None:
                continue
            if event.is_step_materialization:
                materialization = event.step_materialization_data.materialization
                values = {name: getattr(value, "value", None) for name, value in materialization.metadata.items()}
                values = {name: value for name, value in values.items() if isinstance(value, (str, int, float))}
                recorded["materialized"][materialization.asset_key.to_user_string()] = values
            elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
                check = event.asset_check_evaluation_data
                name = f"{check.asset_key.to_user_string()}.{check.check_name}"
                recorded["checks"][name] = check.passed or check.severity.value
            elif event.is_step_failure:
                recorded["failed"][event.step_key] = event.step_failure_data.error_display_string
        print(json.dumps(recorded), flush=True)
