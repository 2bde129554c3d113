"""An unpickler for tensors as PyTorch pickles them, which executes nothing.

It knows the few names that tensors, their storages and dicts need, and makes descriptions of
tensors out of them; any other name is an error.
"""

import pickle
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ortstyle.errors import ModelError

STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


class Storage(NamedTuple):
    """Where a tensor's values lie: the storage's key in the file, its dtype and its length.

    `length` and `start` are in elements; a view of a storage starts at `start`.
    """

    key: str
    dtype: np.dtype[Any]
    length: int
    start: int


class Tensor(NamedTuple):
    """How a tensor lies in its storage: `offset`, `size` and `stride`, in elements."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def __setstate__(self, state: object) -> None:
        """Drop what a Parameter of 2017 carries beside its data."""


class _StateDict(dict[Any, Any]):
    """Stands for the OrderedDict of a state dict, without the attributes hung on it."""

    def __setstate__(self, state: object) -> None:
        """Drop the `_metadata` that PyTorch hangs on a state dict."""


def _rebuild_tensor(
    storage: Storage, offset: int, size: Iterable[int], stride: Iterable[int], *_: object
) -> Tensor:
    tensor = Tensor(storage, int(offset), tuple(map(int, size)), tuple(map(int, stride)))
    if not isinstance(storage, Storage) or len(tensor.size) != len(tensor.stride):
        raise ValueError("a tensor is wrong")
    return tensor


def _rebuild_parameter(data: Tensor, *_: object) -> Tensor:
    return data


PICKLED_NAMES: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): _StateDict,
    ("torch", "Size"): tuple,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch.nn.parameter", "Parameter"): _rebuild_parameter,
    **{("torch", name): np.dtype(code) for name, code in STORAGES.items()},
}


class TorchUnpickler(pickle.Unpickler):
    """Builds the descriptions of tensors out of a pickle, and nothing else.

    Every name that a pickle can call is in `PICKLED_NAMES`; any other is a ModelError before it is
    looked up. A damaged pickle can raise anything.
    """

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """Give what stands for a name of PyTorch's; ModelError if the name isn't known."""
        try:
            return PICKLED_NAMES[module_name, global_name]
        except KeyError:
            raise ModelError(
                f"its pickle asks for {module_name}.{global_name}, which weights do not need"
            ) from None

    def persistent_load(self, pid: Any) -> Storage:
        """Describe a storage, which a pickle names but keeps outside; ValueError if wrong."""
        _, dtype, key, _, length, view = pid
        if not isinstance(dtype, np.dtype) or not 0 <= length < 2**63:
            raise ValueError("a storage is wrong")
        return Storage(str(key), dtype, int(length), int(view[1]) if view else 0)
