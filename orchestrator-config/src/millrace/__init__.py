"""Runs Millrace operators, which are written in TypeScript, from Python schedulers."""
