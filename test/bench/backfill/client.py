"""Prints how long a run of one partition takes with each of two clients, in seconds, as JSON; the rounds interleaved."""

import json
import sys
import time

import dagster as dg
import ours
import usual

DEFINITIONS = {"ours": ours.defs, "usual": usual.defs}
rounds = int(sys.argv[1])
seconds = {name: [] for name in DEFINITIONS}
with dg.DagsterInstance.get() as instance:
    for number in range(-1, rounds):
        for name, defs in DEFINITIONS.items():
            job = defs.resolve_implicit_global_asset_job_def()
            began = time.perf_counter()
            key = f"2013-06-{number + 2:02}"
            assert job.execute_in_process(instance=instance, partition_key=key).success
            if number >= 0:  # the first one of each fills caches
                seconds[name].append(time.perf_counter() - began)
print(json.dumps(seconds))
