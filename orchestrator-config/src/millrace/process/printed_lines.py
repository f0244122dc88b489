"""What a process prints, in lines among its messages."""

from millrace.process.messages import MessagePipe, PrintedLine
from millrace.process.process import Take

LONGEST = 100_000
"""Bytes of a line; a longer one comes in pieces."""


def print_into(messages: MessagePipe, stream: str) -> Take:
    """Takes what is printed to `stream` and puts each line among the messages, in the order in which it came."""
    rest = bytearray()

    def take(chunk: bytes) -> None:
        rest.extend(chunk)
        *lines, rest[:] = rest.split(b"\n")
        if len(rest) > LONGEST or (rest and not chunk):
            lines.append(rest[:])
            rest.clear()
        for line in lines:
            messages.put(PrintedLine(stream, line.decode("utf-8", errors="replace").rstrip("\r")))

    return take
