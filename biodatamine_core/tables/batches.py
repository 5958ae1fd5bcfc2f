"""Python values become Arrow arrays, built from their buffers.

`pyarrow.array` would do it at the same speed, but its first call imports pandas: a second of every worker's life.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_MOST_OFFSET = (1 << 31) - 1  # of Arrow's string, binary and list


def batch_of(
    schema: "pa.Schema", records: Sequence[Any], over: Sequence[Mapping[str, Any]] | None = None
) -> "pa.RecordBatch":
    """One row a record, its attributes as columns; over: for each record the columns that differ from it."""
    import pyarrow as pa

    changed = set(chain.from_iterable(over)) if over else set()
    arrays = []
    for name, type_ in zip(schema.names, schema.types, strict=True):
        values = list(map(attrgetter(name), records))
        if over and name in changed:
            values = [row.get(name, value) for row, value in zip(over, values, strict=True)]
        arrays.append(array_of(values, type_))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def array_of(values: "Sequence[Any]", type_: "pa.DataType") -> "pa.Array":
    """A string, binary, int64, double, boolean or list array; None becomes null. Raises ValueError, OverflowError."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import types

    count, nulls = len(values), values.count(None)
    if nulls == count:
        return pa.nulls(count, type_)
    validity = None
    present = values
    if nulls:
        is_there = np.fromiter((value is not None for value in values), np.bool_, count)
        validity = pa.py_buffer(np.packbits(is_there, bitorder="little"))
        present = [value for value in values if value is not None]
    if types.is_string(type_) or types.is_binary(type_) or types.is_list(type_):
        sizes = np.zeros(count, np.int64)
        sized, data = _content(present, type_)
        sizes[is_there if nulls else slice(None)] = sized
        offsets = _offsets(sizes)
        if types.is_list(type_):
            return pa.ListArray.from_buffers(type_, count, [validity, offsets], nulls, children=[data])
        return pa.Array.from_buffers(type_, count, [validity, offsets, pa.py_buffer(data)], nulls)
    numbers = np.zeros(count, type_.to_pandas_dtype())
    numbers[is_there if nulls else slice(None)] = np.fromiter(present, numbers.dtype, len(present))
    if types.is_boolean(type_):
        numbers = np.packbits(numbers, bitorder="little")
    return pa.Array.from_buffers(type_, count, [validity, pa.py_buffer(numbers)], nulls)


def _content(present: Sequence[Any], type_: "pa.DataType") -> tuple["np.ndarray[Any, Any]", Any]:
    """(length of each value, all of them in one piece): bytes, or the array of a list's elements."""
    import numpy as np
    from pyarrow import types

    data: Any
    if types.is_list(type_):
        data = array_of(list(chain.from_iterable(present)), type_.value_type)
    elif types.is_binary(type_):
        data = b"".join(present)
    else:
        text = "".join(present)
        data = text.encode()
        if len(data) != len(text):
            present = [value.encode() for value in present]
    return np.fromiter(map(len, present), np.int64, len(present)), data


def _offsets(sizes: "np.ndarray[Any, Any]") -> "pa.Buffer":
    import numpy as np
    import pyarrow as pa

    ends = np.cumsum(sizes)
    if ends[-1] > _MOST_OFFSET:
        raise OverflowError(f"One column of a batch comes to {ends[-1]:,} bytes; {_MOST_OFFSET:,} is the most.")
    return pa.py_buffer(np.concatenate(([0], ends)).astype(np.int32))
