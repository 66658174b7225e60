"""What the C library does with memory that is freed."""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8  # their numbers in malloc.h
KEPT_BYTES = 64 << 20
LARGEST_BYTES = 32 << 20  # the most that glibc allows
ARENAS = 2
"""Threads share so many heaps; each keeps free memory of its own, which the others cannot use."""


def keep_freed_memory() -> None:
    """Have blocks of up to 32 MiB used again, and up to 64 MiB a heap kept free, instead of going back to the system.

    For processes that work on one large buffer after another: the system zeroes each page before it hands it out, which
    costs more than to fill it. Where the C library is not glibc nothing changes.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(MMAP_THRESHOLD, LARGEST_BYTES)
        mallopt(ARENA_MAX, ARENAS)
