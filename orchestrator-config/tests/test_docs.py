import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config_schema
from docs_blocks import Block, blocks, import_all, is_of_airflow

from millrace.dagster import DeclaredOperatorsComponent, OperatorsComponent

PYTHON = [block for block in blocks("python") if not is_of_airflow(block)]
SETTINGS = [(block, settings) for block in blocks("yaml") if isinstance(settings := yaml.safe_load(block.code), dict)]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.place)
def test_python_of_the_documentation_is_that_and_imports_what_there_is(block: Block) -> None:
    import_all(f"{block.prelude}\n{block.code}")


def test_all_python_of_the_documentation_has_names_that_are_defined(tmp_path: Path) -> None:
    for block in blocks("python"):
        (tmp_path / f"{block.place.replace('/', '-').replace(':', '-')}.py").write_text(
            f"{block.prelude}\n{block.code}"
        )
    assert len(list(tmp_path.iterdir())) > 8
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F821", str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("component", [OperatorsComponent, DeclaredOperatorsComponent])
def test_components_of_the_documentation_have_attributes_that_there_are(component: Any) -> None:
    named = f"millrace.dagster.{component.__name__}"
    shown = [settings for _, settings in SETTINGS if settings.get("type") == named]
    assert shown
    for settings in shown:
        component.get_model_cls().model_validate(settings["attributes"])
        assert set(settings) == {"type", "attributes"}
        with pytest.raises(ValueError, match="no_such"):
            component.get_model_cls().model_validate({**settings["attributes"], "no_such": 1})


def test_a_dagster_yaml_of_the_documentation_fits_the_schema() -> None:
    shown = [(block, settings) for block, settings in SETTINGS if "run_launcher" in settings]
    assert shown
    for block, settings in shown:
        result = validate_config(dagster_instance_config_schema(), settings)
        assert result.success, (block.place, result.errors)


def commands() -> Iterator[tuple[str, Sequence[str]]]:
    for block in blocks("sh", "bash"):
        for line in block.code.replace("\\\n", " ").splitlines():
            for command in line.split("#")[0].split("&&"):
                words = [word for word in shlex.split(command) if not word.startswith("PYTHONPATH=")]
                if words:
                    yield block.place, words


def programs() -> dict[str, click.Command]:
    from celery.bin.celery import celery
    from dagster._cli import create_dagster_cli
    from dagster_dg_cli.cli import create_dg_cli

    return {"dg": create_dg_cli(), "dagster": create_dagster_cli(), "celery": celery}


def test_commands_of_dagster_and_celery_in_the_documentation_are_there_with_their_options() -> None:
    known, checked = programs(), 0
    for place, (program, *words) in commands():
        if program in known:
            checked += 1
            assert problem(known[program], words) is None, (place, program, words)
    assert checked > 4
    assert problem(known["dagster"], ["asset", "materialize", "--no-such", "x"]) is not None
    assert problem(known["dg"], ["no-such"]) is not None


def problem(command: click.Command, words: Sequence[str]) -> str | None:
    """What is wrong with the words behind a command, which is not run."""
    parent, rest = None, list(words)
    try:
        while isinstance(command, click.Group):
            parent = command.make_context(command.name, rest, parent=parent)
            name, *rest = [*parent._protected_args, *parent.args]
            inner = command.get_command(parent, name)
            if inner is None:
                return f"there is no {name}"
            command = inner
        command.make_parser(click.Context(command, parent=parent)).parse_args(rest)
    except click.UsageError as error:
        return error.message
    return None
