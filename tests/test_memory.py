"""Memory goes back to the system."""

import ctypes
from pathlib import Path

from biodatamine_core import memory

BLOCK_BYTES, BLOCKS = 64 << 10, 1_000  # glibc maps larger blocks apart, and gives those back by itself


def test_what_was_freed_is_no_longer_held() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    blocks = [ctypes.c_void_p(libc.malloc(ctypes.c_size_t(BLOCK_BYTES))) for _ in range(BLOCKS)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK_BYTES)
    *freed, last = blocks  # the last one keeps the others from being given back when they are freed
    for block in freed:
        libc.free(block)
    before = held_bytes()
    memory.give_back()
    assert held_bytes() <= before - BLOCK_BYTES * BLOCKS // 2
    libc.free(last)


def held_bytes() -> int:
    (said,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon")]
    return int(said.split()[1]) << 10
