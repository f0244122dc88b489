"""The component as `dg` and a `defs.yaml` see it."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from conftest import DAILY
from raw_project import operator, write_project

DG = str(Path(sys.executable).with_name("dg"))
PROJECT = "project: ../../../../project"


@pytest.fixture
def dagster_project(tmp_path: Path) -> Path:
    """A Dagster project next to a TypeScript project."""
    schema = {"type": "object", "properties": {"dataDir": {"type": "string", "default": "data"}}}
    write_project(
        tmp_path / "project",
        {
            "airports": operator(),
            "flights": operator(
                partitions=DAILY, dependsOn=["airports"], configSchema=schema, tags={"a": "1"}, group="nyc"
            ),
        },
    )
    (tmp_path / "project" / "millrace.config.ts").touch()
    root = tmp_path / "dagster"
    (root / "flying" / "defs").mkdir(parents=True)
    (root / "flying" / "__init__.py").touch()
    (root / "flying" / "defs" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "flying"\n'
    )
    return root


@pytest.fixture
def load(dagster_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], dg.Definitions]]:
    """Loads the Dagster project with one `defs.yaml` that has these attributes."""
    monkeypatch.syspath_prepend(str(dagster_project))
    folder = dagster_project / "flying" / "defs" / "operators"
    folder.mkdir()

    def load(attributes: str) -> dg.Definitions:
        attributes = textwrap.indent(textwrap.dedent(attributes).strip(), "  ")
        (folder / "defs.yaml").write_text(f"type: millrace.dagster.OperatorsComponent\nattributes:\n{attributes}\n")
        return dg.load_from_defs_folder(path_within_project=dagster_project)

    yield load
    for name in [name for name in sys.modules if name.split(".")[0] == "flying"]:
        del sys.modules[name]


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}


def spec(definitions: dg.Definitions, key: str) -> dg.AssetSpec:
    return definitions.resolve_asset_graph().get(dg.AssetKey.from_user_string(key)).assets_def.get_asset_spec()


def test_the_project_is_found_from_the_yaml_file(load):
    assert keys(load(PROJECT)) == {"flights", "airports"}


def test_operators_are_selected_and_excluded_by_name(load):
    assert keys(load(f"{PROJECT}\nselect: ['air*']")) == {"airports"}
    assert keys(load(f"{PROJECT}\nexclude: [flights]")) == {"airports"}


def test_a_translation_changes_every_asset_and_dependencies_follow(load):
    definitions = load(
        f"""
        {PROJECT}
        translation:
          key: "lake/{{{{ operator.name }}}}_table"
          group_name: all
        """
    )
    assert keys(definitions) == {"lake/flights_table", "lake/airports_table"}
    flights = spec(definitions, "lake/flights_table")
    assert flights.group_name == "all"
    assert [dep.asset_key.to_user_string() for dep in flights.deps] == ["lake/airports_table"]


def test_a_single_operator_is_changed_in_everything_that_the_yaml_sets(load):
    definitions = load(
        f"""
        {PROJECT}
        operators:
          flights:
            key_prefix: gold
            description: Other.
            tags: {{ b: "2" }}
            owners: ["team:ops"]
            kinds: [parquet]
            code_version: "9"
            automation_condition: "{{{{ dg.AutomationCondition.eager() }}}}"
            freshness_policy: "{{{{ dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(days=1)) }}}}"
            deps: [somewhere/else]
            pool: warehouse
            parallel: 4
            retry_policy: {{ max_retries: 5, delay: 2, backoff: exponential }}
            backfill_policy: {{ type: multi_run, max_partitions_per_run: 7 }}
            config: {{ dataDir: /mnt }}
        """
    )
    flights = spec(definitions, "gold/flights")
    assert (flights.description, flights.code_version, list(flights.owners)) == ("Other.", "9", ["team:ops"])
    assert {flights.tags["a"], flights.tags["b"]} == {"1", "2"}
    assert flights.group_name == "nyc"
    assert flights.automation_condition == dg.AutomationCondition.eager()
    assert flights.freshness_policy is not None
    assert [dep.asset_key.to_user_string() for dep in flights.deps] == ["somewhere/else"]
    asset = definitions.resolve_asset_graph().get(flights.key).assets_def
    assert asset.op.pool == "warehouse"
    assert asset.op.retry_policy == dg.RetryPolicy(max_retries=5, delay=2, backoff=dg.Backoff.EXPONENTIAL)
    assert asset.backfill_policy == dg.BackfillPolicy.multi_run(7)
    assert asset.op.config_schema.config_type.fields["dataDir"].default_value == "/mnt"
    assert definitions.resolve_asset_graph().get(dg.AssetKey("airports")).assets_def.op.pool is None


@pytest.mark.parametrize(
    ("attributes", "line", "said"),
    [
        ("project: ../nowhere", 3, "is not a TypeScript project"),
        (f"{PROJECT}\nselect:\n  - airports\n  - flihgts", 6, 'Did you mean "flights"'),
        (f"{PROJECT}\nexclude: ['x*']", 4, 'no operator that matches "x*"'),
        (f"{PROJECT}\noperators:\n  flihgts:\n    pool: x", 5, 'Did you mean "flights"'),
        (f"{PROJECT}\noperators:\n  flights:\n    config:\n      datadir: x", 7, 'no field "datadir". It has: dataDir'),
        (f"{PROJECT}\noperators:\n  flights:\n    poool: x", 4, "flights.poool"),
        (f"{PROJECT}\nenv:\n  DATABASE_URL: '{{{{ env.NO_SUCH_URL }}}}'", 5, "env.NO_SUCH_URL"),
    ],
)
def test_an_error_points_at_the_line_of_the_yaml(load, attributes, line, said):
    with pytest.raises(Exception) as raised:
        keys(load(attributes))
    chain = "".join(f"{error}\n" for error in _chain(raised.value))
    assert f"defs.yaml:{line}" in chain
    assert said in chain


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


def test_dg_lists_the_component():
    listed = subprocess.run([DG, "list", "components", "--json"], capture_output=True, text=True, check=True)
    summaries = {entry["key"]: entry["summary"] for entry in json.loads(listed.stdout)["items"]}
    assert summaries["millrace.dagster.OperatorsComponent"].startswith("ETL operators written in TypeScript")


def test_every_attribute_is_documented():
    from millrace.dagster import OperatorsComponent

    properties = OperatorsComponent.model().model_json_schema()["properties"]
    assert [name for name, property_ in properties.items() if not property_.get("description")] == []


def test_dg_scaffolds_a_component_that_points_at_the_nearest_project(dagster_project):
    project = dagster_project.rename(dagster_project.parent / "project" / "orchestrator")
    command = [DG, "scaffold", "defs", "millrace.dagster.OperatorsComponent", "operators"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    written = (project / "flying" / "defs" / "operators" / "defs.yaml").read_text()
    assert "project: ../../../.." in written
    subprocess.run([DG, "check", "yaml"], cwd=project, check=True, capture_output=True)
