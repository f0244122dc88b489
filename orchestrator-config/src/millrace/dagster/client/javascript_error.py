"""A JavaScript error as a Python exception whose traceback names the TypeScript files and lines."""

import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlparse

FRAME = re.compile(r"^\s*at (?:(?:async )?(?P<name>.+?) \()?(?:async )?(?P<file>[^()]+?):(?P<line>\d+)(?::\d+)?\)?\s*$")


class JavaScriptError(Exception):
    """Base of the exceptions that stand for an error of the operator's process; each is named like its error."""


def build_exception(error: Mapping[str, Any]) -> JavaScriptError:
    """The exception for a Pipes exception `{message, stack, name, cause, context}`, with its causes."""
    name = error.get("name") or "Error"
    kind = type(name, (JavaScriptError,), {"__module__": "javascript"})
    exception = kind(error.get("message") or "")
    exception.__traceback__ = _traceback(error.get("stack") or ())
    cause = error.get("cause") or error.get("context")
    exception.__cause__ = build_exception(cause) if cause else None
    return exception


def headline(error: Mapping[str, Any]) -> str:
    """The error in a line or few: `TypeError: x is not a function`."""
    return f"{error.get('name') or 'Error'}: {error.get('message') or ''}".strip()


def full_stack(error: Mapping[str, Any]) -> str:
    """The error as Node prints it, with its causes."""
    lines = [headline(error), *(_line(frame) for frame in error.get("stack") or () if FRAME.match(_line(frame)))]
    cause = error.get("cause") or error.get("context")
    return "\n".join([*lines, *(["Caused by: " + full_stack(cause)] if cause else [])])


def is_fatal(error: Mapping[str, Any]) -> bool:
    """Whether the SDK said that trying again can not help."""
    return error.get("name") in {"FatalError", "MillraceError"}


def _traceback(stack: Sequence[str]) -> TracebackType | None:
    """A traceback with a frame for each JavaScript frame, the newest last as Python has it.

    Python prints the source line of a frame whose file it can read: here that is the operator's own TypeScript.
    """
    traceback = None
    for match in filter(None, (FRAME.match(_line(frame)) for frame in stack)):
        traceback = _frame(match["name"] or "<anonymous>", _path(match["file"]), int(match["line"]), traceback)
    return traceback


def _frame(name: str, file: str, line: int, then: TracebackType | None) -> TracebackType | None:
    # There is no other way to a frame object than running code, so code of that file, line and name is run.
    code = compile("\n" * (line - 1) + "raise LookupError", file, "exec").replace(co_name=name, co_qualname=name)
    try:
        exec(code, {})
    except LookupError as error:
        raised = error.__traceback__.tb_next
        return TracebackType(then, raised.tb_frame, raised.tb_lasti, line)
    return then


def _line(frame: str) -> str:
    return frame.rstrip("\n")


def _path(file: str) -> str:
    return unquote(urlparse(file).path) if file.startswith("file:") else file
