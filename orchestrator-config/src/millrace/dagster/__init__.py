"""Millrace operators as Dagster assets."""

from millrace.dagster.assets import millrace_assets
from millrace.dagster.component import OperatorsComponent

__all__ = ["OperatorsComponent", "millrace_assets"]
