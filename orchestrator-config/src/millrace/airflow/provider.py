"""What Airflow knows of this package: `airflow providers list` shows it."""

from importlib.metadata import version
from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The provider's metadata, in the form of Airflow's `provider_info.schema.json`."""
    return {
        "package-name": "millrace",
        "name": "Millrace",
        "description": "Runs ETL operators that are written in TypeScript (`@millrace/sdk`).",
        "versions": [version("millrace")],
        "integrations": [{"integration-name": "Millrace", "tags": ["software"]}],
        "operators": [{"integration-name": "Millrace", "python-modules": ["millrace.airflow.operator"]}],
        "extra-links": ["millrace.airflow.links.DeadLettersLink"],
    }
