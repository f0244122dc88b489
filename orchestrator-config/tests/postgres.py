"""A real PostgreSQL of the workspace's, for as long as a test needs it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[2]


@contextmanager
def running_postgres(folder: Path, prepare: str = "") -> Iterator[str]:
    """The URL of a new server; `prepare` is JavaScript that is run in the folder, with the server as `server`."""
    script = f"""
import {{ startPostgres }} from "@millrace/sdk/testing";
await using server = await startPostgres();
{prepare}
process.stdout.write(`${{server.url}}\\n`);
for await (const _ of process.stdin);
"""
    node = WORKSPACE / "node_modules" / ".bin" / "node"
    command = [str(node), "--input-type=module", "--eval", script]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
    ) as server:
        try:
            url = server.stdout.readline().strip()
            assert url, "PostgreSQL did not start"
            yield url
        finally:
            server.stdin.close()
