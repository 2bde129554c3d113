"""Read a state dict in PyTorch's zip format, since 1.6: the one format that needs PyTorch."""

from collections.abc import Callable, Mapping

from ortstyle.errors import ModelError
from vgg19.source import Source, first_line
from vgg19.state_dict import collect_state_dict
from vgg19.weights import Array, Weights
from vgg19.zip_archive import is_zip, open_zip


def read(source: Source) -> Weights | None:
    """Read the weights; None if PyTorch didn't write the file so."""
    if not is_zip(source.head):
        return None
    with open_zip(source.path) as archive:
        if not any(name.endswith("/data.pkl") for name in archive.namelist()):
            return None
        return _read_state_dict(source)


def _read_state_dict(source: Source) -> Weights:
    try:
        import torch  # noqa: PLC0415  optional, and slow to import
    except ImportError as error:
        raise ModelError(
            f"{source.path} is a PyTorch zip file, and reading it needs PyTorch: pip install torch"
        ) from error
    try:
        state = torch.load(source.path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can raise anything
        raise ModelError(f"{source.path}: PyTorch can't read it: {first_line(error)}") from error
    if not isinstance(state, Mapping):
        raise ModelError(f"{source.path} holds a {type(state).__name__}, not a dict of tensors")
    tensors = {str(name): value for name, value in state.items() if torch.is_tensor(value)}
    get: Callable[[str], Array] = lambda name: tensors[name].detach().float().numpy()
    kernels, biases = collect_state_dict(source.name, tensors, get)
    return Weights(kernels, biases, "PyTorch state dict", source.sha256())
