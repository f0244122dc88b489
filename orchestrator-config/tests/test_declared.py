"""Ready-made operators that a `defs.yaml` declares, run by Dagster into a real PostgreSQL."""

import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from postgres import WORKSPACE, running_postgres

DEFS = """\
type: millrace.dagster.DeclaredOperatorsComponent
attributes:
  project: ../../../..
  env:
    DATABASE_URL: "{{ env.DECLARED_DATABASE_URL }}"
  operators:
    - name: orders
      operator: csv_to_table
      description: Orders, one day a partition.
      group: sales
      partitions: { kind: daily, start: "2024-01-01", end: "2024-01-04" }
      config:
        path: data/{partition}.csv
        table: orders
        createTable: true
        columns: { id: bigint not null, day: date, amount: "numeric(12,2)" }
        load: upsert
        key: [id]
    - name: orders_checked
      operator: check_table
      dependsOn: [orders]
      config:
        table: orders
        checks:
          - { check: unique, columns: [id] }
          - { check: not_null, columns: [amount], severity: warn }
"""


@pytest.fixture
def database_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running_postgres(WORKSPACE / "operators") as url:
        monkeypatch.setenv("DECLARED_DATABASE_URL", url)
        yield url


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Dagster project in a folder that has the npm packages and no TypeScript."""
    packages = tmp_path / "node_modules" / "@millrace"
    packages.mkdir(parents=True)
    for name in ("sdk", "operators"):
        (packages / name).symlink_to(WORKSPACE / name)
    root = tmp_path / "dagster"
    (root / "shop" / "defs" / "orders").mkdir(parents=True)
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "defs" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(
        '[tool.dg]\ndirectory_type = "project"\n[tool.dg.project]\nroot_module = "shop"\n'
    )
    (tmp_path / "data").mkdir()
    monkeypatch.syspath_prepend(str(root))
    yield tmp_path
    for name in [name for name in sys.modules if name.split(".")[0] == "shop"]:
        del sys.modules[name]


def load(folder: Path, defs: str) -> dg.Definitions:
    (folder / "dagster" / "shop" / "defs" / "orders" / "defs.yaml").write_text(defs)
    return dg.load_from_defs_folder(path_within_project=folder / "dagster")


def test_declared_operators_are_assets_that_run(folder, database_url, instance):
    for day in ("01", "02", "03"):
        (folder / "data" / f"2024-01-{day}.csv").write_text(f"id,day,amount\n1{day},2024-01-{day},1.50\n")
    definitions = load(folder, DEFS)
    orders = definitions.resolve_asset_graph().get(dg.AssetKey("orders"))
    assert orders.description == "Orders, one day a partition."
    assert orders.group_name == "sales"
    assert definitions.resolve_asset_graph().get(dg.AssetKey("orders_checked")).parent_keys == {dg.AssetKey("orders")}

    job = definitions.resolve_implicit_global_asset_job_def()
    days = {"dagster/asset_partition_range_start": "2024-01-01", "dagster/asset_partition_range_end": "2024-01-03"}
    result = job.execute_in_process(instance=instance, raise_on_error=False, tags=days)
    assert result.success
    loaded = result.asset_materializations_for_node("orders")
    assert {event.partition: event.metadata["inserted"].value for event in loaded if event.partition} == {
        "2024-01-01": 1,
        "2024-01-02": 1,
        "2024-01-03": 1,
    }
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    assert checks == {"unique_id": True, "not_null_amount": True}


def test_a_mistake_is_said_at_the_line_of_the_yaml(folder, monkeypatch):
    monkeypatch.setenv("DECLARED_DATABASE_URL", "postgresql://localhost/x")
    with pytest.raises(Exception) as raised:
        load(folder, DEFS.replace("load: upsert", "load: upsrt"))
    message = "".join(str(error) for error in _chain(raised.value))
    assert "operators[0].config.load" in message
    assert "defs.yaml:6" in message


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
