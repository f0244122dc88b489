"""Which of a project's operators are taken."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from millrace.errors import MillraceError
from millrace.manifest import Manifest, Operator


def select_operators(
    manifest: Manifest, select: Iterable[str] | None, exclude: Iterable[str] | None
) -> Sequence[Operator]:
    """The operators whose names match one of `select` (all, when it is None) and none of `exclude`.

    A pattern is a name in which `*` stands for any characters. Raises MillraceError OPERATOR_UNKNOWN for a pattern
    that no operator matches: it would be silent about a misspelt name.
    """
    chosen = {operator.name for operator in manifest.operators} if select is None else _matching(manifest, select)
    chosen -= _matching(manifest, exclude or ())
    return [operator for operator in manifest.operators if operator.name in chosen]


def _matching(manifest: Manifest, patterns: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        names = {operator.name for operator in manifest.operators if fnmatchcase(operator.name, pattern)}
        if not names and "*" in pattern:
            raise MillraceError("OPERATOR_UNKNOWN", f'The project has no operator that matches "{pattern}"')
        found |= names or {manifest.operator(pattern).name}
    return found
