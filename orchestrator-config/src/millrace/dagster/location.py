"""Errors that point at the line of the YAML they come from."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from millrace.errors import MillraceError


class LocatedError(Exception):
    """An error in a `defs.yaml`: the file, the line and the lines around it, then what is wrong."""


@contextmanager
def located(context: dg.ResolutionContext | None) -> Iterator[None]:
    """Points a MillraceError that is raised within at the place in the YAML that `context` is of, if it is of one."""
    try:
        yield
    except MillraceError as error:
        tree = context and context.source_position_tree
        if tree is None:
            raise
        place = tree.source_error(yaml_path=context.path, inline_error_message=str(error), value_error=False)
        message = f"{error}\n{place.file_name}:{place.start_line_no} - {place.location}\n{place.snippet}\n"
        raise LocatedError(message) from error
