"""The environment of an operator's process, with the connections that it is to have."""

from collections.abc import Mapping

from airflow.providers.common.compat.sdk import BaseHook, mask_secret

from millrace.redact import Redactor, secrets_of


def build_environment(conn_env: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    """`env` and, for each variable of `conn_env`, the URI of the connection with that id.

    Raises what Airflow raises where there is no such connection.
    """
    return {**env, **{variable: _uri(conn_id) for variable, conn_id in conn_env.items()}}


def hide_secrets(env: Mapping[str, str]) -> Redactor:
    """Tells Airflow what must not be shown of these variables, and returns what hides it where Airflow does not.

    `airflow dags test` and `dag.test()` mask no more than what Airflow itself knows.
    """
    redactor = Redactor(secrets_of(env))
    for secret in redactor.secrets:
        mask_secret(secret)
    return redactor


def _uri(conn_id: str) -> str:
    uri = BaseHook.get_connection(conn_id).get_uri()
    scheme, separator, rest = uri.partition("://")
    return f"{'postgresql' if scheme == 'postgres' else scheme}{separator}{rest}"
