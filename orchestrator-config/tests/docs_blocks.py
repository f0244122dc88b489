"""The fenced blocks of what documents Millrace, for tests that hold them to what is installed."""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```$", re.M | re.S)
REMARK = re.compile(r"<!-- (check|unchecked):((?:(?!-->).)*)-->\n+$", re.S)


@dataclass(frozen=True)
class Block:
    place: str
    code: str
    prelude: str
    """Lines that are not shown, ahead of it: those of a remark `<!-- check: … -->`."""


def blocks(*languages: str) -> Iterator[Block]:
    """All in these languages that are to be looked at; sdk/test/docs looks at others."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "orchestrator-config" / "README.md"]
    for page in sorted(pages):
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            remark = REMARK.search(text[: match.start()])
            kind, said = (remark[1], remark[2].strip()) if remark else ("check", "")
            if match[2] in languages and kind == "check":
                line = text[: match.start()].count("\n") + 2
                yield Block(f"{page.relative_to(ROOT)}:{line}", textwrap.dedent(match[3]), said)


def is_of_airflow(block: Block) -> bool:
    return "airflow" in f"{block.prelude}\n{block.code}".lower()


def import_all(source: str) -> None:
    """Does what a source imports, name by name; raises where something is not there."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                import_module(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"
