"""rusage.py REPORT SECONDS COMMAND...: runs a command, and writes what it and its children took, as the operating system counts it.

Ends with 124 where it took longer than so many seconds; then the command and its children are ended.
"""

import json
import os
import signal
import subprocess
import sys
import time

report, limit, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]


def end(*_):
    os.killpg(child.pid, signal.SIGKILL)
    os._exit(124)


began = time.perf_counter()
child = subprocess.Popen(command, start_new_session=True)
signal.signal(signal.SIGALRM, end)
signal.setitimer(signal.ITIMER_REAL, limit)
_, status, usage = os.wait4(child.pid, 0)
took = time.perf_counter() - began
signal.setitimer(signal.ITIMER_REAL, 0)
with open(report, "w") as file:
    json.dump(
        {
            "ms": took * 1000,
            "cpuMs": (usage.ru_utime + usage.ru_stime) * 1000,
            # Kilobytes on Linux, bytes on macOS; of the largest of the processes.
            "peakMb": usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024),
        },
        file,
    )
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
