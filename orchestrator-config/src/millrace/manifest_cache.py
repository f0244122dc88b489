"""Loads a project's manifest, starting Node only when a source has changed."""

import contextlib
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from millrace.errors import MillraceError
from millrace.launcher import Launcher, find_launcher
from millrace.manifest import Manifest, parse_manifest

SOURCES = (".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json", ".sql", ".yaml")
LARGE_BYTES = 1_000_000
"""Above this a file is told from another by its size and time alone: that is data, not code."""
KEPT = 5


def load_manifest(project: str | os.PathLike[str]) -> Manifest:
    """The manifest of the TypeScript project in the folder `project`.

    It is kept in `<project>/.millrace/manifest-<hash>.json` by the content of the project's sources, of linked
    packages and the versions of the others, so that the process of each Dagster run need not start Node for it.
    Raises MillraceError: MANIFEST_FAILED with all that the command said, MANIFEST_INVALID, those of `find_launcher`.
    """
    launcher = find_launcher(project)
    cached = launcher.project / ".millrace" / f"manifest-{_content_hash(launcher)}.json"
    with contextlib.suppress(OSError, ValueError, MillraceError):
        return parse_manifest(json.loads(cached.read_text(encoding="utf-8")))
    text = _run(launcher)
    try:
        manifest = parse_manifest(json.loads(text))
    except json.JSONDecodeError as error:
        raise MillraceError(
            "MANIFEST_INVALID", f"`millrace manifest` printed no JSON ({error}): {text[:2000]}"
        ) from error
    # A folder that can not be written, as in an image, costs a start of Node each time and nothing else.
    with contextlib.suppress(OSError):
        _store(cached, text)
    return manifest


def _run(launcher: Launcher) -> str:
    done = subprocess.run(launcher.manifest_argv(), cwd=launcher.project, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join(part.strip() for part in (done.stderr, done.stdout) if part.strip())
        raise MillraceError(
            "MANIFEST_FAILED",
            f"The operators of {launcher.project} could not be read: `millrace manifest` ended with {done.returncode}",
            f"It said:\n\n{said}\n",
        )
    return done.stdout


def _store(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
    stored = sorted(path.parent.glob("manifest-*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for outdated in stored[KEPT:]:
        outdated.unlink(missing_ok=True)


def _content_hash(launcher: Launcher) -> str:
    content = hashlib.sha256(launcher.sdk_version.encode())
    for package in [launcher.project, *_linked_packages(launcher.project, content)]:
        for file in _sources(package):
            status = file.stat()
            content.update(f"\0{file.relative_to(package)}\0".encode())
            large = status.st_size > LARGE_BYTES
            content.update(f"{status.st_size} {status.st_mtime_ns}".encode() if large else file.read_bytes())
    return content.hexdigest()[:16]


def _linked_packages(project: Path, content: "hashlib._Hash") -> Iterator[Path]:
    """The dependencies that are sources in the same workspace; the versions of all others go into `content`."""
    dependencies = json.loads((project / "package.json").read_text(encoding="utf-8")).get("dependencies", {})
    for name in sorted(dependencies):
        package = (project / "node_modules" / name).resolve()
        if "node_modules" not in package.parts:
            yield package
        elif (package / "package.json").is_file():
            content.update((package / "package.json").read_bytes())


def _sources(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "node_modules" and not name.startswith("."))
        found = (Path(root, name) for name in sorted(files) if name.endswith(SOURCES))
        yield from (file for file in found if file.is_file())
