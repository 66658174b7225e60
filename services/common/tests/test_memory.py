import resource
import subprocess
import sys

PAGES = (16 << 20) // resource.getpagesize()

ALLOCATING = f"""
import resource
from atlas_common.memory import keep_freed_memory

keep_freed_memory()
size = {16 << 20}
len(b"x" * size)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
len(b"x" * size)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_a_large_block_is_used_again_without_new_pages() -> None:
    asked = subprocess.run([sys.executable, "-c", ALLOCATING], capture_output=True, text=True, check=True)
    assert int(asked.stdout) < PAGES / 10
