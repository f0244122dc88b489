"""What Airflow knows of the package."""

import json
from importlib.metadata import version
from importlib.resources import files

import jsonschema
from airflow.providers_manager import ProvidersManager

from millrace.airflow.provider import get_provider_info


def test_airflow_lists_the_provider_with_its_version_and_its_link():
    manager = ProvidersManager()
    assert manager.providers["millrace"].version == version("millrace")
    assert "millrace.airflow.links.DeadLettersLink" in manager.extra_links_class_names


def test_the_metadata_is_what_airflow_demands():
    schema = json.loads(files("airflow").joinpath("provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)
