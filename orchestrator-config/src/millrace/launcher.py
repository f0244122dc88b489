"""Finds Node and the `millrace` command of a TypeScript project, for whichever scheduler starts them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from millrace.errors import MillraceError

MINIMUM_NODE = 24
SDK = "@millrace/sdk"


@dataclass(frozen=True)
class Launcher:
    """How the operators of one project are started."""

    project: Path
    node: Path
    entry: Path
    """The `millrace` command's entry: a file that Node runs."""
    sdk_version: str

    def manifest_argv(self) -> list[str]:
        """The command that prints the project's manifest."""
        return [str(self.node), str(self.entry), "manifest", "--project", str(self.project)]

    def exec_argv(self, operator: str) -> list[str]:
        """The command that runs one operator under the host that it finds in its environment."""
        return [str(self.node), *_node_options(), str(self.entry), "exec", operator, "--project", str(self.project)]


def _node_options() -> list[str]:
    """As sdk/src/cli/launch/node-options.ts has them; `NODE_OPTIONS` may say otherwise."""
    if "semi-space-size" in os.environ.get("NODE_OPTIONS", ""):
        return []
    return ["--min-semi-space-size=8", "--max-semi-space-size=16"]


def find_launcher(project: str | os.PathLike[str]) -> Launcher:
    """Finds what starts the operators of the folder `project`: a TypeScript project, or what `millrace build` made.

    Raises MillraceError: PROJECT_MISSING, SDK_MISSING, NODE_MISSING, NODE_TOO_OLD.
    """
    folder = Path(project).absolute()
    if not (folder / "package.json").is_file():
        raise MillraceError(
            "PROJECT_MISSING",
            f"{folder} is not a TypeScript project: it has no package.json",
            "Point `project` at the folder that holds millrace.config.ts",
        )
    entry, version = _built_entry(folder) or _find_entry(folder)
    return Launcher(project=folder, node=find_node(folder), entry=entry, sdk_version=version)


def find_node(project: Path) -> Path:
    """Finds Node: `$MILLRACE_NODE`, else the nearest `node_modules/.bin/node`, else `node` on the PATH.

    Raises MillraceError: NODE_MISSING, NODE_TOO_OLD.
    """
    candidates = [folder / "node_modules/.bin/node" for folder in _upwards(project)]
    installed = next((candidate for candidate in candidates if candidate.exists()), None)
    node = os.environ.get("MILLRACE_NODE") or installed or shutil.which("node")
    if node is None:
        raise MillraceError("NODE_MISSING", "Node was not found", _NODE_FIX)
    version = _node_version(Path(node))
    if version[0] < MINIMUM_NODE:
        found = ".".join(map(str, version))
        raise MillraceError(
            "NODE_TOO_OLD", f"{node} is Node {found}, but Millrace needs {MINIMUM_NODE} or newer", _NODE_FIX
        )
    return Path(node)


_NODE_FIX = (
    f"Install Node {MINIMUM_NODE} or newer, add the package `node` to the project, or set MILLRACE_NODE to its path"
)


@lru_cache(maxsize=16)
def _node_version(node: Path) -> tuple[int, ...]:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise MillraceError("NODE_MISSING", f"{node} does not run as Node: {error}", _NODE_FIX) from error
    numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", answer)
    if numbers is None:
        raise MillraceError("NODE_MISSING", f"{node} is not Node: `--version` said {answer.strip()!r}", _NODE_FIX)
    return tuple(int(number) for number in numbers.groups())


def _built_entry(folder: Path) -> tuple[Path, str] | None:
    """What `millrace build` wrote stands alone: its package.json says how it is started."""
    description = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    built = description.get("millrace") or {}
    return (folder / built["main"], built["sdkVersion"]) if "main" in built else None


def _find_entry(project: Path) -> tuple[Path, str]:
    for folder in _upwards(project):
        package = folder / "node_modules" / SDK / "package.json"
        if not package.is_file():
            continue
        # Node strips types only outside of node_modules, so a linked package is run from where it really is.
        package = package.resolve()
        description = json.loads(package.read_text(encoding="utf-8"))
        entry = package.parent / description["bin"]["millrace"]
        if entry.is_file():
            return entry, description["version"]
        raise MillraceError("SDK_MISSING", f"{entry} is missing", f"Build or reinstall {SDK}")
    raise MillraceError(
        "SDK_MISSING",
        f"{SDK} is not installed in {project}: no node_modules at or above it has it",
        "Run `npm install`, or `pnpm install`, in the project",
    )


def _upwards(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents
