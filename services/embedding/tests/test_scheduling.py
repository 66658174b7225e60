import os
import subprocess
import sys

import pytest

STARTING = """
import os
from threading import Thread
from atlas_embedding.scheduling import work_in_batches

work_in_batches()
thread = Thread(target=lambda: print(os.sched_getscheduler(0)))
thread.start()
thread.join()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells such processes apart")
def test_threads_started_afterwards_wait_for_their_turn() -> None:
    asked = subprocess.run([sys.executable, "-c", STARTING], capture_output=True, text=True, check=True)
    assert int(asked.stdout) == os.SCHED_BATCH
