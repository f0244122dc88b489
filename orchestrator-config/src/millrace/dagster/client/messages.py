"""The pipe of an operator's messages as Dagster's sessions take it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster import PipesMessageReader

from millrace.process.messages import MessagePipe


class PipeMessageReader(MessagePipe, PipesMessageReader):
    """Messages through a pipe; open within Dagster's session."""

    @contextmanager
    def read_messages(self, handler: object) -> Iterator[Mapping[str, Any]]:
        with self:
            yield {}

    def no_messages_debug_text(self) -> str:
        return "Attempted to read messages from a pipe that the process inherits."
