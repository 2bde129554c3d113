"""Read any ONNX file of VGG-19, ours too: the weights of its first 16 Conv nodes."""

from pathlib import Path

import onnx
import onnx.external_data_helper
from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]

from ortstyle.errors import ModelError
from vgg19.layers import LAYERS, Layer
from vgg19.onnx_constants import Constants
from vgg19.preprocessing import Preprocessing
from vgg19.source import Source, first_line
from vgg19.weights import NOT_STATED, Array, LayerReader, Weights, collect_layers


def read(source: Source) -> Weights | None:
    """Read the weights; None if the file can't be parsed as an ONNX model with nodes."""
    model = load_model(source.path)
    if model is None:
        return None
    kernels, biases = collect_layers(source.name, layer_reader(source.name, model))
    notes = {entry.key: entry.value for entry in model.metadata_props}
    try:
        stored = notes.get("preprocessing")
        preprocessing = None if stored is None else Preprocessing.from_json(stored)
    except ValueError as error:
        raise ModelError(
            f"{source.name}: its preprocessing is wrong: {first_line(error)}"
        ) from error
    return Weights(
        kernels,
        biases,
        notes.get("source", "ONNX model"),
        source.sha256(),
        preprocessing,
        "the file's metadata",
        notes.get("license", NOT_STATED),
        notes.get("attribution", NOT_STATED),
    )


def load_model(path: Path) -> onnx.ModelProto | None:
    """Parse a file as an ONNX model, with the external data that lies beside it.

    Parameters
    ----------
    path : Path

    Returns
    -------
    ModelProto or None
        None if the file can't be parsed, or the model has no nodes.

    Raises
    ------
    ModelError
        The external data is missing, or lies outside the file's folder.
    """
    try:
        model = onnx.load_model(str(path), format="protobuf", load_external_data=False)
    except DecodeError:
        return None
    if not model.graph.node:
        return None
    try:
        folder = str(path.absolute().parent)
        onnx.external_data_helper.load_external_data_for_model(model, folder)
    except (onnx.checker.ValidationError, OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{path}: its external data is refused: {first_line(error)}") from error
    return model


def layer_reader(where: str, model: onnx.ModelProto) -> LayerReader:
    """Make the function that reads one layer's kernel and bias from a model of VGG-19.

    Parameters
    ----------
    where : str
        The file, in words, for messages.
    model : ModelProto

    Raises
    ------
    ModelError
        The model's first 16 Conv nodes aren't those of VGG-19. The function raises it too, if a
        weight can't be computed.
    """
    convs = dict(zip(LAYERS, _find_convs(where, model), strict=True))
    constants = Constants(model, where)

    def read_layer(layer: Layer) -> tuple[Array, Array]:
        _, kernel, bias = convs[layer].input
        try:
            return constants.value(kernel), constants.value(bias)
        except ModelError:
            raise
        except Exception as error:  # the evaluator raises anything on a wrong node
            raise ModelError(f"{where}: {layer.name} can't be read: {first_line(error)}") from error

    return read_layer


def _find_convs(where: str, model: onnx.ModelProto) -> list[onnx.NodeProto]:
    convs = [node for node in model.graph.node if node.op_type == "Conv"]
    if len(convs) < len(LAYERS):
        raise ModelError(f"{where} is not VGG-19: it has {len(convs)} Conv nodes, not 16")
    convs = convs[: len(LAYERS)]
    for node, layer in zip(convs, LAYERS, strict=True):
        users = {user.op_type for user in model.graph.node if node.output[0] in user.input}
        if users != {"Relu"} or len(node.input) != 3:
            raise ModelError(
                f"{where} is not VGG-19: its Conv for {layer.name} "
                "doesn't have a bias and then a Relu alone"
            )
    return convs
