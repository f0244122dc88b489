"""Starts an operator under the stdin host of docs/protocol.md."""

import json
import os
from collections.abc import Mapping
from typing import Any

from millrace.launcher import Launcher
from millrace.process.messages import MessagePipe
from millrace.process.process import OperatorProcess, Output


def start_operator(
    launcher: Launcher,
    operator: str,
    context: Mapping[str, Any],
    messages: MessagePipe,
    *,
    env: Mapping[str, str],
    output: Output | None = None,
) -> OperatorProcess:
    """Starts the operator's process, with `env` added to the environment of this one, and sends it its context."""
    # The launcher that the operator is to listen to is this one, and not one that started this process.
    outer = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_PIPES_")}
    host = {"MILLRACE_HOST": "stdin", "MILLRACE_MESSAGES_FD": str(messages.writer)}
    process = OperatorProcess(
        launcher.exec_argv(operator),
        cwd=launcher.project,
        env={**outer, **env, **host},
        pass_fds=[messages.writer],
        output=output or Output(),
    )
    messages.close_writer()
    process.send(json.dumps(context))
    return process
