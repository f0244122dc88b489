"""Millrace operators as Dagster assets."""

from millrace.dagster.assets import millrace_assets
from millrace.dagster.component import OperatorsComponent
from millrace.dagster.declared import DeclaredOperatorsComponent
from millrace.dagster.environment import OperatorResource

__all__ = ["DeclaredOperatorsComponent", "OperatorResource", "OperatorsComponent", "millrace_assets"]
