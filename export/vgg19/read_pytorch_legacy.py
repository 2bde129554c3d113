"""Read a state dict in PyTorch's format up to 1.5, without PyTorch."""

from collections.abc import Mapping

from vgg19.legacy_torch_file import LegacyTorchFile, is_legacy_torch
from vgg19.source import Source
from vgg19.state_dict import collect_state_dict
from vgg19.weights import Array, Weights


def read(source: Source) -> Weights | None:
    """Read the weights; None if PyTorch didn't write the file so."""
    if not is_legacy_torch(source.head):
        return None
    return weights_in(source, LegacyTorchFile(source.file, source.name))


def weights_in(source: Source, tensors: Mapping[str, Array]) -> Weights:
    """Read the weights out of a source's tensors, named as a state dict names them."""
    kernels, biases = collect_state_dict(source.name, tensors.keys(), tensors.__getitem__)
    return Weights(kernels, biases, "PyTorch state dict", source.sha256())
