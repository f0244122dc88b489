"""Runs an operator's process for a Dagster step and turns what it reports into Dagster's events."""
