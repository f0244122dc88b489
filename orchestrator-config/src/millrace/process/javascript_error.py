"""A JavaScript error as a Python exception whose traceback names the TypeScript files and lines."""

import ast
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlparse

FRAME = re.compile(r"\s*at (?:(?P<name>.+?) \()?(?:async )?(?P<file>[^()]+?):(?P<line>\d+)(?::(?P<column>\d+))?\)?\s*")


SKIPPED = "SkipError"
"""The name of the error with which an operator says that there is nothing to do."""


class JavaScriptError(Exception):
    """Base of the exceptions that stand for an error of the operator's process; each is named like its error."""


def build_exception(error: Mapping[str, Any]) -> JavaScriptError:
    """The exception for a Pipes exception `{message, stack, name, cause, context}`, with its causes."""
    name = error.get("name") or "Error"
    kind = type(name, (JavaScriptError,), {"__module__": "builtins"})
    exception = kind(headline(error).removeprefix(f"{name}: "))
    exception.__traceback__ = _traceback(error.get("stack") or ())
    cause = error.get("cause") or error.get("context")
    exception.__cause__ = build_exception(cause) if cause else None
    return exception


def headline(error: Mapping[str, Any]) -> str:
    """The error in a line or few: `TypeError: x is not a function`."""
    name, message = error.get("name") or "Error", error.get("message") or ""
    return message if message.startswith(name) else f"{name}: {message}"


def full_stack(error: Mapping[str, Any]) -> str:
    """The error as Node prints it, with its causes."""
    lines = [headline(error), *(frame.rstrip() for frame in error.get("stack") or () if FRAME.fullmatch(frame))]
    cause = error.get("cause") or error.get("context")
    return "\n".join([*lines, *(["Caused by: " + full_stack(cause)] if cause else [])])


def is_fatal(error: Mapping[str, Any]) -> bool:
    """Whether the SDK said that trying again can not help."""
    return error.get("name") in {"FatalError", "MillraceError", SKIPPED}


def _traceback(stack: Sequence[str]) -> TracebackType | None:
    """A traceback with a frame for each JavaScript frame, the newest last as Python has it.

    Python prints the source line of a frame whose file it can read: here that is the operator's own TypeScript.
    """
    traceback = None
    for frame in filter(None, map(FRAME.fullmatch, stack)):
        traceback = _frame(frame, traceback)
    return traceback


def _frame(frame: re.Match[str], then: TracebackType | None) -> TracebackType | None:
    # There is no other way to a frame object than running code, so code of that file, line, column and name is run.
    line, column = int(frame["line"]), int(frame["column"] or 1)
    tree = ast.parse("raise LookupError")
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno, node.end_lineno, node.col_offset, node.end_col_offset = line, line, column - 1, column
    name = frame["name"] or "<anonymous>"
    code = compile(tree, _path(frame["file"]), "exec").replace(co_name=name, co_qualname=name)
    try:
        exec(code, {})
    except LookupError as error:
        raised = error.__traceback__.tb_next
        return TracebackType(then, raised.tb_frame, raised.tb_lasti, line)


def _path(file: str) -> str:
    if file.startswith("file:"):
        return unquote(urlparse(file).path)
    # In angle brackets, as Python has it, where there is no such file.
    return f"<{file}>" if file.startswith("node:") else file
