"""What the C library does with memory that is freed."""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # their numbers in malloc.h
KEPT_BYTES = 64 << 20
LARGEST_BYTES = 32 << 20  # the most that glibc allows


def keep_freed_memory() -> None:
    """Have blocks of up to 32 MiB used again, and up to 64 MiB kept free, instead of going back to the system.

    For processes that work on one large buffer after another: the system zeroes each page before it hands it out, which
    costs more than to fill it. Where the C library is not glibc nothing changes.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(MMAP_THRESHOLD, LARGEST_BYTES)
