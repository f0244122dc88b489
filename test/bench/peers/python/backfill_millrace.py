"""The operator `day` as this repository makes an asset of it."""

import os

import dagster as dg

from millrace.dagster import millrace_assets

defs = dg.Definitions(assets=millrace_assets(os.environ["BENCH_PROJECT"], select=["day"]))
