"""python leash.py PARENT COMMAND…: becomes COMMAND, which the kernel ends when the process PARENT is gone.

COMMAND does not interrupt what runs on the machine when it wakes, but waits for its turn: parts that share few
processors get more done, and whoever works at the machine notices them less.

A program of its own, because setting this between fork and exec would run Python in a forked copy of a process that has
threads. Only Linux can do it; elsewhere a supervisor that is killed leaves its parts behind.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        with suppress(OSError):  # some containers do not allow it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    if os.getppid() != int(parent):  # it was gone before the kernel could watch it
        sys.exit("the supervisor is gone")
    os.execvp(command[0], command)  # noqa: S606  the command is the Procfile's
