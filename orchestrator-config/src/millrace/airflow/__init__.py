"""Millrace operators as tasks of Airflow."""

from millrace.airflow.operator import MillraceOperator
from millrace.airflow.tasks import millrace_tasks

__all__ = ["MillraceOperator", "millrace_tasks"]
