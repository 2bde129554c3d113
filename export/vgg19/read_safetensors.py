"""Read a state dict of torchvision's or timm's VGG-19 from safetensors."""

import numpy as np

from ortstyle.errors import ModelError
from vgg19.source import Source, first_line
from vgg19.state_dict import collect_state_dict
from vgg19.weights import Array, Weights


def read(source: Source) -> Weights | None:
    """Read the weights; None if the file isn't safetensors: a length and a JSON object."""
    length_of_json = int.from_bytes(source.head[:8], "little")
    if source.head[8:9] != b"{" or length_of_json > source.path.stat().st_size - 8:
        return None
    try:
        import safetensors  # noqa: PLC0415  optional
    except ImportError as error:
        needed = "reading safetensors needs a package: pip install safetensors"
        raise ModelError(f"{source.path}: {needed}") from error

    def tensor(name: str) -> Array:
        try:
            return np.asarray(file.get_tensor(name))
        except (TypeError, AttributeError) as error:
            raise ModelError(f"{source.path}: {name} is of a type that NumPy lacks") from error

    try:
        with safetensors.safe_open(source.path, framework="numpy") as file:
            kernels, biases = collect_state_dict(source.name, list(file.keys()), tensor)
    except safetensors.SafetensorError as error:
        damage = first_line(error)
        raise ModelError(f"{source.path} is a damaged safetensors file: {damage}") from error
    return Weights(kernels, biases, "safetensors state dict", source.sha256())
