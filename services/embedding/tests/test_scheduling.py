import os
import subprocess
import sys

import pytest

CHOOSING = "import os; os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))"
STARTING = """
import os
from threading import Thread
from atlas_embedding.scheduling import work_in_batches

work_in_batches()
thread = Thread(target=lambda: print(os.sched_getscheduler(0)))
thread.start()
thread.join()
"""


def may_choose() -> bool:
    """Whether the system lets a process choose how it is scheduled: Linux does, unless a sandbox forbids it."""
    return subprocess.run([sys.executable, "-c", CHOOSING], stderr=subprocess.DEVNULL).returncode == 0


def test_threads_started_afterwards_wait_for_their_turn() -> None:
    if not may_choose():
        pytest.skip("the system does not let a process choose how it is scheduled")
    asked = subprocess.run([sys.executable, "-c", STARTING], capture_output=True, text=True, check=True)
    assert int(asked.stdout) == os.SCHED_BATCH
