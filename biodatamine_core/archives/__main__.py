"""The process that unpacks a compressed content for another one: `python -m biodatamine_core.archives`.

Its standard input is the content, pickled by the process that started it; its standard output what the content holds.
It has one thread: with a second one that writes, both wait for the interpreter's lock at every block.
"""

import json
import os
import pickle
import sys

from biodatamine_core.archives.ahead import TOLD, blocks, told
from biodatamine_core.records import UnreadableMember


def main() -> int:
    content = pickle.load(sys.stdin.buffer)
    try:
        for block in blocks(content):
            _write(block)
    except (UnreadableMember, OSError) as damage:
        sys.stderr.write(json.dumps(told(damage)))
        return TOLD
    return 0


def _write(block: bytes) -> None:
    try:
        sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except OSError:
        os._exit(1)  # nobody reads any more, so nobody wants the rest


if __name__ == "__main__":
    sys.exit(main())
