"""The process that unpacks a compressed content for another one: `python -m biodatamine_core.archives`.

Its standard input is the content, pickled by the process that started it; its standard output what the content holds.
"""

import json
import os
import pickle
import sys
from queue import Queue
from threading import Thread

from biodatamine_core.archives.ahead import TOLD, Here, told
from biodatamine_core.records import UnreadableMember

_BLOCK_BYTES = 1 << 16
_BLOCKS_AHEAD = 256
"""16 MB: who reads them stops now and then to write a table, and this process should not stop with it."""


def main() -> int:
    stream = Here(pickle.load(sys.stdin.buffer))
    blocks: Queue[bytes] = Queue(_BLOCKS_AHEAD)
    writer = Thread(target=_write, args=(blocks,), daemon=True)
    writer.start()
    damage: Exception | None = None
    try:
        while block := stream.read(_BLOCK_BYTES):
            blocks.put(block)
    except (UnreadableMember, OSError) as error:
        damage = error
    blocks.put(b"")
    writer.join()
    if damage is None:
        return 0
    sys.stderr.write(json.dumps(told(damage)))
    return TOLD


def _write(blocks: "Queue[bytes]") -> None:
    """Everything up to an empty block; nobody wants the rest once nobody reads."""
    try:
        while block := blocks.get():
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
