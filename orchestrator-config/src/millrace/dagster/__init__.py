"""Millrace operators as Dagster assets."""

from millrace.dagster.assets import millrace_assets
from millrace.dagster.component import OperatorsComponent
from millrace.dagster.declared import DeclaredOperatorsComponent

__all__ = ["DeclaredOperatorsComponent", "OperatorsComponent", "millrace_assets"]
