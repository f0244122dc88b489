"""One operator's process: its own process group, a lifeline, the end of what it wrote, and an orderly stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

TAIL_BYTES = 8_000

Take = Callable[[bytes], None]
"""Takes a part of a stream, on a thread of its own, and nothing at the end; it must not raise."""


@dataclass(frozen=True)
class Output:
    """Where what a process prints goes; by default to the standard output and error of this one."""

    stdout: Take | None = None
    stderr: Take = lambda data: _write_errors(data)


class OperatorProcess:
    """A started process.

    Standard output and error reach this process's own, or whoever takes them; the end of standard error is kept for
    the error message of a process that could not say what was wrong. Its standard input has the context as one line
    and stays open as long as this process lives: when it closes, the launcher is gone and the operator stops.
    """

    def __init__(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], pass_fds: Sequence[int], output: Output
    ) -> None:
        self._popen = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            pass_fds=pass_fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if output.stdout else None,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        self._tail = b""
        self._output = output
        self._forwarders = [self._forward(self._popen.stderr, self._take_errors)]
        if output.stdout:
            self._forwarders.append(self._forward(self._popen.stdout, output.stdout))
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
        # Something that it started and left behind may hold the streams open: that is not waited for.
        for forwarder in self._forwarders:
            forwarder.join(timeout=1)
        if self._writer:
            self._writer.join(timeout=1)
        with suppress(OSError):
            self._popen.stdin.close()
        return code, self._tail.decode("utf-8", errors="replace")

    def stop(self, *steps: tuple[signal.Signals, float], meanwhile: Callable[[], object]) -> None:
        """Sends the group each signal and waits so many seconds, then SIGKILL; returns when it is over.

        `meanwhile` is called again and again: a process that can't get rid of its messages can't settle and end.
        """
        for number, patience in steps:
            if not self._signal(number) or self._ends_within(patience, meanwhile):
                break
        # What it started itself may have stayed, whether or not it is gone.
        self._signal(signal.SIGKILL)
        while not self._ends_within(1, meanwhile):
            pass

    def kill(self, grace_seconds: float) -> None:
        """SIGTERM to the group, and SIGKILL when that did not end it in time; it still has to be finished.

        A handler of signals may call it: it takes no lock that what it interrupted may hold.
        """
        deadline = time.monotonic() + grace_seconds
        self._signal(signal.SIGTERM)
        while time.monotonic() < deadline and self._runs():
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def _runs(self) -> bool:
        with suppress(ChildProcessError):
            return os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        return False

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

    def _take_errors(self, chunk: bytes) -> None:
        self._tail = (self._tail + chunk)[-TAIL_BYTES:]
        self._output.stderr(chunk)

    def _forward(self, stream: IO[bytes], take: Take) -> threading.Thread:
        thread = threading.Thread(target=_forward_all, args=(stream, take), name="millrace-output", daemon=True)
        thread.start()
        return thread


def _forward_all(stream: IO[bytes], take: Take) -> None:
    while chunk := os.read(stream.fileno(), 1 << 16):
        take(chunk)
    take(b"")
    stream.close()


def _write_errors(data: bytes) -> None:
    with suppress(OSError):
        _write_all(2, data)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
