"""Reads the messages of an operator's process from a pipe: whole lines only, each accounted for."""

import json
import os
import queue
import select
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

CHUNK_BYTES = 1 << 16
QUEUED = 1000
"""Messages waiting to be handled; beyond it the pipe fills and the process waits."""
ENVELOPE = frozenset({"__dagster_pipes_version", "method", "params"})


@dataclass(frozen=True)
class Unreadable:
    """Something that came where a message was due."""

    line: str
    reason: str


@dataclass(frozen=True)
class PrintedLine:
    """A line of the process's standard output or error."""

    stream: str
    text: str


Item = Mapping[str, Any] | Unreadable


class MessagePipe:
    """Messages through a pipe of the operating system, of which the process inherits an end.

    There is nothing to poll, the end of the process is the end of the messages, and a line that has not come whole
    is not taken for a message. The thread only reads; whoever calls `next` handles them. It is open inside `with`.
    """

    def __init__(self) -> None:
        self._items: queue.Queue[Item | PrintedLine | None] = queue.Queue(maxsize=QUEUED)
        self._finish = threading.Event()
        self._abandoned = threading.Event()
        self._reader = -1
        self._thread: threading.Thread | None = None
        self.writer = -1
        """The pipe's other end, for the process to inherit."""

    def __enter__(self) -> Self:
        self._reader, self.writer = os.pipe()
        self._thread = threading.Thread(target=self._read, name="millrace-messages", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._abandoned.set()
        self.close_writer()
        self.finish()
        if self._thread:
            self._thread.join()
        os.close(self._reader)

    def close_writer(self) -> None:
        """Leaves the process as the only one that can write; to be called once it is started."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def finish(self) -> None:
        """Says that the process is gone: what it wrote is still read, but no more is waited for."""
        self._finish.set()

    def take_all(self) -> None:
        """Lets the process go on though nobody handles what it says: it is kept, however much it is.

        A handler of signals may call it.
        """
        self._items.maxsize = 0

    def put(self, item: Item | PrintedLine | None) -> None:
        """Adds what has come another way than through the pipe; waits while too much is unhandled."""
        while not self._abandoned.is_set():
            try:
                return self._items.put(item, timeout=0.1)
            except queue.Full:
                continue

    def next(self, timeout_seconds: float) -> Item | PrintedLine | None:
        """The next message, or None at their end; raises `queue.Empty` when none came in time; 0 waits for none."""
        return self._items.get(block=timeout_seconds > 0, timeout=timeout_seconds or None)

    def _read(self) -> None:
        rest = bytearray()
        while chunk := self._chunk():
            *lines, rest[:] = (rest + chunk).split(b"\n")
            for line in lines:
                self.put(parse_message(bytes(line)))
        if rest:
            self.put(Unreadable(_shown(bytes(rest)), "the process ended in the middle of a message"))
        self.put(None)

    def _chunk(self) -> bytes:
        while not select.select([self._reader], [], [], 0.1)[0]:
            if self._finish.is_set():
                return b""
        return os.read(self._reader, CHUNK_BYTES)


def parse_message(line: bytes) -> Item:
    """The message in a line, or what is wrong with it."""
    try:
        message = json.loads(line)
    except ValueError as error:
        return Unreadable(_shown(line), f"not JSON: {error}")
    if not isinstance(message, dict) or not message.keys() >= ENVELOPE:
        return Unreadable(_shown(line), "not a message of the Pipes protocol")
    return message


def _shown(line: bytes) -> str:
    text = line[:500].decode("utf-8", errors="replace")
    return text + ("…" if len(line) > 500 else "")
