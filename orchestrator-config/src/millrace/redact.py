"""Keeps passwords out of whatever is shown, in the way of the SDK's `redact`."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

# A user and a password may have an @ in them that nobody has encoded: the last one ends them.
URL_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/?#]*):[^\s/?#]*@", re.IGNORECASE)
KEYWORD_PASSWORD = re.compile(r"\b(password|pwd)=('[^']*'|[^\s&]+)", re.IGNORECASE)
SECRET_NAME = re.compile(r"pass(word|wd|phrase)|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
SHORTEST = 5
"""Below so many characters a value is no secret, as with Airflow: hiding `true` would hide half of every text."""


class Redactor:
    """Replaces known secrets, and passwords in URLs and connection strings, by `***`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one may be a part of another.
        self.secrets = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return KEYWORD_PASSWORD.sub(r"\1=***", URL_PASSWORD.sub(r"\1:***@", text))

    def all(self, value: Any) -> Any:
        """Whatever is to be shown, with each text in it redacted."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.all(key): self.all(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.all(inner) for inner in value]
        return value


def secrets_of(env: Mapping[str, str]) -> set[str]:
    """The secrets among variables of an environment: the values that are called so, and the passwords in URLs."""
    named = {value for name, value in env.items() if SECRET_NAME.search(name)}
    return named | {password for value in env.values() for password in _passwords(value)}


def _passwords(url: str) -> set[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return set()
    return {password, unquote(password)} if password else set()
