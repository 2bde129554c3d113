"""Network topologies that the onnx package carries, with weights that mean something."""

from pathlib import Path

import numpy as np
import onnx
import onnx_ir as ir
from onnx import TensorProto, numpy_helper

from ortstyle.objective.objective import Anchor

VGG19 = Path(__file__).parents[1] / "models" / "vgg19.onnx"


def light(name: str) -> Path:
    """Return the path of one of onnx's light models, whose weights are constants."""
    return Path(onnx.__file__).parent / f"backend/test/data/light/light_{name}.onnx"


def with_random_weights(name: str, folder: Path) -> Path:
    """Write a light model with seeded random weights, scaled after He et al. 2015.

    Kernels are normal with variance 2 / fan-in, vectors small and positive; fully connected layers,
    which nobody asks for, stay as they are.
    """
    model = onnx.load(light(name))
    rng = np.random.default_rng(19)
    shapes = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    floats = {k: v.shape for k, v in shapes.items() if v.dtype == np.float32}
    filled = {n.output[0]: shapes[n.input[0]] for n in model.graph.node if is_fill(n)}
    arrays = floats | {k: tuple(v) for k, v in filled.items() if len(v) != 2}
    kept = [w for w in model.graph.initializer if w.name not in arrays]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    for key, shape in arrays.items():
        scale = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
        array = rng.normal(size=shape) * scale
        array = array if len(shape) > 1 else abs(array) + 0.5
        model.graph.initializer.append(numpy_helper.from_array(array.astype(np.float32), key))
    nodes = [node for node in model.graph.node if node.output[0] not in arrays]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.ir_version = 8  # initializers need not be inputs
    path = folder / f"{name}.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def is_fill(node: onnx.NodeProto) -> bool:
    """Return whether a node makes a constant weight."""
    return node.op_type == "ConstantOfShape"


def in_float64(model: ir.Model) -> ir.Model:
    """Return the same model in float64; only Resize keeps its float32 scales."""
    proto = ir.to_proto(model)
    scales = {node.input[2] for node in proto.graph.node if node.op_type == "Resize"}
    for weight in proto.graph.initializer:
        if weight.data_type == TensorProto.FLOAT and weight.name not in scales:
            array = numpy_helper.to_array(weight).astype(np.float64)
            weight.CopyFrom(numpy_helper.from_array(array, weight.name))
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.elem_type = TensorProto.DOUBLE
    for node in proto.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.DOUBLE
    del proto.graph.value_info[:]
    return ir.from_proto(proto)


def run_session(
    model: ir.Model | bytes | str, feeds: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Run a model, or the file of one, in ONNX Runtime; return the outputs by name."""
    import onnxruntime

    data = model if isinstance(model, bytes | str) else ir.to_proto(model).SerializeToString()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Return a seeded picture (1, 3, H, W) float32, 0–255."""
    pixels = np.random.default_rng(seed).uniform(0, 255, (1, 3, height, width))
    return pixels.astype(np.float32)


def anchor(height: int, width: int, seed: int = 0) -> Anchor:
    """Return a seeded anchor whose weights are 0 in a corner, and differ elsewhere."""
    weights = np.random.default_rng(seed + 100).uniform(0.2, 2, (height, width))
    weights[: height // 3, : width // 2] = 0
    return Anchor(picture(height, width, seed + 50), weights.astype(np.float32))


def difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the relative norm of a difference."""
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
