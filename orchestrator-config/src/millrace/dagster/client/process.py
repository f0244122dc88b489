"""One operator's process: its own process group, a lifeline, the end of what it wrote, and an orderly stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

TAIL_BYTES = 8_000


class OperatorProcess:
    """A started process.

    Standard output and error reach this process's own, and so Dagster's compute logs; the end of standard error is
    kept for the error message of a process that could not say what was wrong. Its standard input has the context as
    one line and stays open as long as this process lives: when it closes, the launcher is gone and the operator stops.
    """

    def __init__(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: Sequence[int]) -> None:
        self._popen = subprocess.Popen(
            argv, cwd=cwd, env=env, pass_fds=pass_fds, stdin=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
        )
        self._tail = b""
        self._forwarder = threading.Thread(target=self._forward_errors, name="millrace-stderr", daemon=True)
        self._forwarder.start()
        self._writer: threading.Thread | None = None

    def send(self, line: str) -> None:
        """Writes a line to its standard input, without waiting for it to be read."""
        self._writer = threading.Thread(target=self._write_input, args=(f"{line}\n".encode(),), daemon=True)
        self._writer.start()

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._popen.poll()

    def finish(self) -> tuple[int, str]:
        """Waits for its end; the exit code and the end of standard error."""
        code = self._popen.wait()
        # Something that it started and left behind may hold the stream open: that is not waited for.
        self._forwarder.join(timeout=1)
        if self._writer:
            self._writer.join(timeout=1)
        with suppress(OSError):
            self._popen.stdin.close()
        return code, self._tail.decode("utf-8", errors="replace")

    def stop(self, *, grace_seconds: float, meanwhile: Callable[[], object]) -> None:
        """SIGINT to the group, SIGTERM when that did not end it, SIGKILL when nothing does; returns when it is over.

        `meanwhile` is called again and again: a process that can't get rid of its messages can't settle and end.
        """
        for number, patience in ((signal.SIGINT, grace_seconds), (signal.SIGTERM, grace_seconds / 2)):
            if not self._signal(number) or self._ends_within(patience, meanwhile):
                break
        # What it started itself may have stayed, whether or not it is gone.
        self._signal(signal.SIGKILL)
        while not self._ends_within(1, meanwhile):
            pass

    def _signal(self, number: signal.Signals) -> bool:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)
            return True
        return False

    def _ends_within(self, seconds: float, meanwhile: Callable[[], object]) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.poll() is not None:
                return True
            meanwhile()
        return self.poll() is not None

    def _write_input(self, data: bytes) -> None:
        # A process that is gone already says so by its exit code.
        with suppress(OSError):
            _write_all(self._popen.stdin.fileno(), data)

    def _forward_errors(self) -> None:
        stream = self._popen.stderr
        while chunk := os.read(stream.fileno(), 1 << 16):
            self._tail = (self._tail + chunk)[-TAIL_BYTES:]
            with suppress(OSError):
                _write_all(2, chunk)
        stream.close()


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
