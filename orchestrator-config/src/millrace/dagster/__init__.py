"""Millrace operators as Dagster assets."""
