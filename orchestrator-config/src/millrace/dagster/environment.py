"""What an operator's process finds in its environment, known only when it starts: secrets are not in definitions."""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from millrace.errors import MillraceError


class OperatorResource(dg.ConfigurableResource):
    """Where operators load, and what else they need in their environment; `dg.EnvVar` keeps secrets out of the code."""

    database_url: str | None = Field(default=None, description="The PostgreSQL of the operators: their DATABASE_URL.")
    env: dict[str, str] = Field(default_factory=dict, description="More variables of the operators' processes.")

    def environment(self) -> Mapping[str, str]:
        return {**self.env, **({"DATABASE_URL": self.database_url} if self.database_url else {})}


def resolve_environment(
    context: dg.AssetExecutionContext, env: Mapping[str, str], resource: str | None
) -> Mapping[str, str]:
    """The variables of `env`, with each `dg.EnvVar` looked up, over those of the resource with that key.

    Raises MillraceError ENV_MISSING for a variable that is not set.
    """
    resolved = dict(getattr(context.resources, resource).environment()) if resource else {}
    for name, value in env.items():
        text = value.get_value() if isinstance(value, dg.EnvVar) else value
        if text is None:
            raise MillraceError(
                "ENV_MISSING", f"{value.env_var_name} is not set", "Set it where Dagster runs its steps"
            )
        resolved[name] = text
    return resolved
