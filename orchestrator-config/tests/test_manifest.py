"""Finding Node and the command, and loading the manifest."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
from raw_project import operator, write_project

from millrace.errors import MillraceError
from millrace.launcher import find_launcher
from millrace.manifest_cache import load_manifest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {"flights": operator()})


def runs(project: Path) -> int:
    """How often the command was started."""
    return len((project / "manifest-runs").read_text())


def test_the_command_is_started_again_only_when_a_source_has_changed(project):
    assert [found.name for found in load_manifest(project).operators] == ["flights"]
    load_manifest(project)
    assert runs(project) == 1
    (project / "operators" / "flights.mjs").write_text("export default () => {};")
    load_manifest(project)
    assert runs(project) == 2


@pytest.mark.parametrize("name", ["--help", "-p", "a b", "$(touch x)", "../a", ""])
def test_an_operator_whose_name_could_be_another_argument_is_refused(tmp_path, name):
    project = write_project(tmp_path / "hostile", {name: operator(assetKey=[name])})
    with pytest.raises(MillraceError, match=r"MANIFEST_INVALID.*letters, digits and _"):
        load_manifest(project)


def test_data_and_packages_do_not_count_as_sources(project):
    load_manifest(project)
    (project / "data.csv").write_text("1")
    (project / ".millrace" / "other.json").write_text("1")
    (project / "node_modules" / "some.js").write_text("1")
    load_manifest(project)
    assert runs(project) == 1


def test_a_linked_package_of_the_workspace_counts_as_a_source(project, tmp_path):
    package = tmp_path / "shared"
    package.mkdir()
    (package / "package.json").write_text("{}")
    (project / "node_modules" / "shared").symlink_to(package)
    (project / "package.json").write_text(json.dumps({"dependencies": {"shared": "workspace:*"}}))
    load_manifest(project)
    (package / "table.ts").write_text("export {};")
    load_manifest(project)
    assert runs(project) == 2


def test_a_project_that_can_not_be_written_works_all_the_same(project, monkeypatch):
    (project / ".millrace").write_text("in the way")
    assert load_manifest(project).operators
    assert load_manifest(project).operators
    assert runs(project) == 2


def test_a_torn_manifest_in_the_cache_is_made_anew(project):
    load_manifest(project)
    (cached,) = (project / ".millrace").glob("manifest-*.json")
    cached.write_text('{"manifestVersion": 1, "oper')
    assert load_manifest(project).operators
    assert json.loads(cached.read_text())["operators"]


def test_what_the_command_says_of_an_error_is_shown_in_full(project):
    script = 'console.error("SyntaxError: flights.ts:7"); console.error("  second line"); process.exit(3);'
    (project / "node_modules/@millrace/sdk/main.mjs").write_text(script)
    with pytest.raises(MillraceError, match=r"(?s)^\[MANIFEST_FAILED\].*ended with 3.*flights.ts:7\n  second line"):
        load_manifest(project)


def test_a_manifest_of_another_version_is_refused(project):
    (project / "manifest.json").write_text(json.dumps({"manifestVersion": 2}))
    with pytest.raises(MillraceError, match=r"^\[MANIFEST_INVALID\].*version 2, but this package reads version 1"):
        load_manifest(project)


def test_an_unknown_operator_is_named_with_what_was_meant(project):
    with pytest.raises(MillraceError, match=r'^\[OPERATOR_UNKNOWN\].*"flihgts"\. Did you mean "flights"\?'):
        load_manifest(project).operator("flihgts")


def test_a_folder_that_is_no_project_is_refused(tmp_path):
    with pytest.raises(MillraceError, match=r"^\[PROJECT_MISSING\] .* has no package.json"):
        find_launcher(tmp_path)


def test_a_project_that_is_not_installed_is_refused(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(MillraceError, match=r"^\[SDK_MISSING\] @millrace/sdk is not installed .* Run `npm install`"):
        find_launcher(tmp_path)


def test_a_built_folder_is_a_project_that_needs_no_packages(tmp_path):
    example = Path(__file__).parents[2] / "example-project"
    launcher = find_launcher(example)
    built = tmp_path / "built"
    subprocess.run([launcher.node, launcher.entry, "build", "--project", example, "--out", built], check=True)
    assert find_launcher(built).entry == built / "main.mjs"
    assert find_launcher(built).sdk_version == launcher.sdk_version
    assert load_manifest(built) == load_manifest(example)


def fake_node(folder: Path, version: str) -> Path:
    node = folder / "node"
    folder.mkdir(parents=True, exist_ok=True)
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(node.stat().st_mode | stat.S_IXUSR)
    return node


def test_node_is_the_one_named_then_the_project_s_then_the_path_s(project, tmp_path, monkeypatch):
    named = fake_node(tmp_path / "named", "v24.1.0")
    on_path = fake_node(tmp_path / "path", "v25.0.0")
    installed = fake_node(tmp_path / "node_modules" / ".bin", "v24.2.0")
    monkeypatch.setenv("PATH", f"{on_path.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("MILLRACE_NODE", str(named))
    assert find_launcher(project).node == named
    monkeypatch.delenv("MILLRACE_NODE")
    assert find_launcher(project).node == installed
    installed.unlink()
    assert find_launcher(project).node == on_path


def test_an_old_node_is_refused(project, tmp_path, monkeypatch):
    monkeypatch.setenv("MILLRACE_NODE", str(fake_node(tmp_path / "old", "v20.11.1")))
    with pytest.raises(MillraceError, match=r"^\[NODE_TOO_OLD\] .* is Node 20.11.1, but Millrace needs 24"):
        find_launcher(project)


def test_a_machine_without_node_is_told_so(project, monkeypatch):
    monkeypatch.delenv("MILLRACE_NODE")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MillraceError, match=r"^\[NODE_MISSING\] Node was not found. Install Node 24"):
        find_launcher(project)
