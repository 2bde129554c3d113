"""Read Keras' HDF5 weights of the Caffe release: kernels are (3, 3, in, out).

Keras has named the two datasets of a layer in several ways. Here they are found by the layer's
name in their path, such as ``block1_conv1``, and by their number of dimensions.
"""

from pathlib import Path
from typing import Any

from ortstyle.errors import ModelError
from vgg19.caffe_release import as_caffe_release
from vgg19.layers import LAYERS, Layer
from vgg19.source import Source, first_line
from vgg19.weights import Array, LayerReader, Weights, check_shape, collect_layers

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def read(source: Source) -> Weights | None:
    """Read the weights; None if the file isn't HDF5."""
    if not source.head.startswith(SIGNATURE):
        return None
    try:
        import h5py  # noqa: PLC0415  optional
    except ImportError as error:
        raise ModelError(f"{source.path}: reading HDF5 needs h5py: pip install h5py") from error
    try:
        with h5py.File(source.path, "r") as file:
            layers = _datasets_by_layer(source.path, file)
            kernels, biases = collect_layers(source.name, _layer_reader(source.name, layers))
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{source.path} is a damaged HDF5 file: {first_line(error)}") from error
    weights = Weights(kernels, biases, "Keras' HDF5 file of the Caffe release", source.sha256())
    return as_caffe_release(weights, "Keras' format")


def _datasets_by_layer(path: Path, file: Any) -> dict[str, list[Any]]:
    """Sort a file's datasets by the layer that their path names, in Keras' notation."""
    import h5py  # noqa: PLC0415  optional

    layers = {layer.keras_name: list[Any]() for layer in LAYERS}

    def visit(name: str, item: Any) -> None:
        for part in layers.keys() & set(name.split("/")):
            if not isinstance(item, h5py.Dataset):
                continue
            if item.external or item.is_virtual:
                raise ModelError(f"{path}: {name} keeps its values in another file")
            layers[part].append(item)

    file.visititems(visit)
    return layers


def _layer_reader(where: str, layers: dict[str, list[Any]]) -> LayerReader:
    def read_layer(layer: Layer) -> tuple[Array, Array]:
        by_rank = {dataset.ndim: dataset for dataset in layers[layer.keras_name]}
        if len(layers[layer.keras_name]) != 2 or by_rank.keys() != {1, 4}:
            raise ModelError(f"{where} is not VGG-19: it has no kernel and bias {layer.keras_name}")
        out, incoming, *space = layer.shape
        wanted = (*space, incoming, out)
        check_shape(where, f"{layer.keras_name}'s kernel", by_rank[4].shape, wanted)
        check_shape(where, f"{layer.keras_name}'s bias", by_rank[1].shape, (out,))
        return by_rank[4][()].transpose(3, 2, 0, 1), by_rank[1][()]

    return read_layer
