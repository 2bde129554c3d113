"""VGG-19 up to relu5_4 as an ONNX model, its kernels in 8-bit codebooks or as they are."""

import onnx
from onnx import helper, numpy_helper

from vgg19.layers import LAYERS, Layer
from vgg19.quantisation import quantise, relative_error
from vgg19.weights import Array, Weights


def _codebook_lookup(name: str) -> list[onnx.NodeProto]:
    """Make the nodes that compute a layer's kernel from its codebook and indices."""
    codes, weight = f"{name}.indices_int32", f"{name}.weight"
    int32 = onnx.TensorProto.INT32  # Gather takes no uint8
    return [
        helper.make_node("Cast", [f"{name}.indices"], [codes], name=codes, to=int32),
        helper.make_node("Gather", [f"{name}.codebook", codes], [weight], name=weight, axis=0),
    ]


def _conv_relu(layer: Layer, value: str) -> list[onnx.NodeProto]:
    conv, relu = layer.name, layer.name.replace("conv", "relu")
    return [
        helper.make_node(
            "Conv",
            [value, f"{conv}.weight", f"{conv}.bias"],
            [conv],
            name=conv,
            kernel_shape=[3, 3],
            pads=[1, 1, 1, 1],
            strides=[1, 1],
            dilations=[1, 1],
            group=1,
        ),
        helper.make_node("Relu", [conv], [relu], name=relu),
    ]


def _pool(name: str, value: str) -> onnx.NodeProto:
    return helper.make_node(
        "MaxPool",
        [value],
        [name],
        name=name,
        kernel_shape=[2, 2],
        pads=[0, 0, 0, 0],
        strides=[2, 2],
    )


def _value_info(name: str, channels: int, block: int) -> onnx.ValueInfoProto:
    """Declare a float32 value of a block: each block after the first halves height and width."""
    divisor = "" if block == 1 else f"_{2 ** (block - 1)}"
    dims: list[str | int | None] = [1, channels, f"height{divisor}", f"width{divisor}"]
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, dims)


def build_model(
    weights: Weights, *, float32: bool = False
) -> tuple[onnx.ModelProto, dict[str, float]]:
    """Build VGG-19 to relu5_4 as an ONNX model; `models/README.md` describes it.

    Parameters
    ----------
    weights : Weights
        With a preprocessing.
    float32 : bool
        Keep the weights as they are instead of in 8-bit codebooks.

    Returns
    -------
    model : ModelProto
        Checked. Its input is (1, 3, height, width) float32, prepared as its metadata say.
    errors : dict of str to float
        The relative error of each layer's kernel.

    Raises
    ------
    ValueError
        The weights have no preprocessing.
    """
    nodes: list[onnx.NodeProto] = []
    outputs: list[onnx.ValueInfoProto] = []
    tensors: dict[str, Array] = {}
    errors: dict[str, float] = {}
    value = "input"
    for layer in LAYERS:
        name, kernel = layer.name, weights.kernels[layer.name]
        if layer.number == 1 and layer.block > 1:
            nodes.append(_pool(f"pool{layer.block - 1}", value))
            value = nodes[-1].output[0]
        if float32:
            tensors[f"{name}.weight"], errors[name] = kernel, 0.0
        else:
            codebook, indices = quantise(kernel)
            errors[name] = relative_error(kernel, codebook, indices)
            tensors |= {f"{name}.indices": indices, f"{name}.codebook": codebook}
            nodes += _codebook_lookup(name)
        tensors[f"{name}.bias"] = weights.biases[name]
        nodes += _conv_relu(layer, value)
        value = nodes[-1].output[0]
        outputs.append(_value_info(value, layer.shape[0], layer.block))
    initializers = [numpy_helper.from_array(array, name) for name, array in tensors.items()]
    graph = helper.make_graph(nodes, "vgg19", [_value_info("input", 3, 1)], outputs, initializers)
    return _checked_model(graph, weights), errors


def _checked_model(graph: onnx.GraphProto, weights: Weights) -> onnx.ModelProto:
    if weights.preprocessing is None:
        raise ValueError("settle the weights' preprocessing first")
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, ir_version=8, opset_imports=[opset], producer_name="ortstyle")
    notes = {
        "attribution": weights.attribution,
        "license": weights.license,
        "preprocessing": weights.preprocessing.to_json(),
        "sha256": weights.sha256,
        "source": weights.source,
    }
    helper.set_model_props(model, notes)
    onnx.checker.check_model(model, full_check=True)
    return model
