"""The process that unpacks a compressed content for another one: `python -m biodatamine_core.archives`.

Its standard input is the content, pickled by the process that started it; its standard output what the content holds.
"""

import json
import pickle
import sys

from biodatamine_core.archives.ahead import TOLD, Here, told
from biodatamine_core.records import UnreadableMember

_BLOCK_BYTES = 1 << 16


def main() -> int:
    stream = Here(pickle.load(sys.stdin.buffer))
    try:
        while block := stream.read(_BLOCK_BYTES):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
    except (UnreadableMember, OSError) as error:
        sys.stdout.buffer.flush()
        sys.stderr.write(json.dumps(told(error)))
        return TOLD
    return 0


if __name__ == "__main__":
    sys.exit(main())
