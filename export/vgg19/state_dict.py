"""PyTorch's state dicts of VGG-19: the names under which they hold each layer's weights."""

import itertools
from collections.abc import Callable, Collection

from ortstyle.errors import ModelError
from vgg19.layers import LAYERS, Layer
from vgg19.weights import Array, Floats, LayerReader, collect_layers

NAMINGS: tuple[Callable[[Layer], str], ...] = (
    lambda layer: f"features.{layer.torch_index}",
    lambda layer: f"{layer.torch_index}",
    lambda layer: layer.name,
)


def collect_state_dict(
    where: str, names: Collection[str], get: Callable[[str], Array]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Read every layer of a state dict and check it.

    Parameters
    ----------
    where : str
        The file, in words, for messages.
    names : collection of str
        The tensors in the file. The first naming in `NAMINGS` that the first layer has is taken.
    get : callable
        Gives a tensor by its name.

    Returns
    -------
    kernels, biases : dict of str to float32 arrays
        By layer name, as `vgg19.weights.Weights` holds them.

    Raises
    ------
    ModelError
        A tensor is missing, or isn't as VGG-19 has it.
    """
    return collect_layers(where, _layer_reader(where, names, get))


def _layer_reader(where: str, names: Collection[str], get: Callable[[str], Array]) -> LayerReader:
    for naming in NAMINGS:
        if f"{naming(LAYERS[0])}.weight" in names:
            break
    else:
        some = ", ".join(repr(name) for name in itertools.islice(names, 3)) or "nothing"
        raise ModelError(f"{where} has no features.0.weight; it holds {some} and so on")

    def read_layer(layer: Layer) -> tuple[Array, Array]:
        keys = [f"{naming(layer)}.{part}" for part in ("weight", "bias")]
        for key in keys:
            if key not in names:
                raise ModelError(f"{where} is not VGG-19: {key} ({layer.name}) is missing")
        return get(keys[0]), get(keys[1])

    return read_layer
