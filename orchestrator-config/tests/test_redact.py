"""What is shown has no passwords."""

import pytest

from millrace.redact import Redactor


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:hunter2@host/shop", "postgresql://me:***@host/shop"),
        ("postgresql://me@server:hunter2@host/shop", "postgresql://me@server:***@host/shop"),
        ("postgresql://me:p@hunter2@host/shop", "postgresql://me:***@host/shop"),
        ("host=a password='hunter2 x' port=1", "host=a password=*** port=1"),
        ("https://host:8080/path/a:b@c", "https://host:8080/path/a:b@c"),
    ],
)
def test_passwords_in_urls_and_connection_strings_are_not_shown(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown
