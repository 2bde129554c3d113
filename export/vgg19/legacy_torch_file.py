"""Files as torch.save wrote them up to PyTorch 1.5, read without PyTorch."""

import io
import math
import os
from collections.abc import Iterator, Mapping

import numpy as np

from ortstyle.errors import ModelError
from vgg19.source import first_line
from vgg19.torch_unpickler import Tensor, TorchUnpickler
from vgg19.weights import Array

TORCH_MAGIC = 0x1950A86A20F9469CFC6C


def is_legacy_torch(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is in PyTorch's format up to 1.5."""
    return TORCH_MAGIC.to_bytes(10, "little") in head


class LegacyTorchFile(Mapping[str, Array]):
    """A dict of tensors as torch.save wrote it up to PyTorch 1.5.

    The file is five pickles (a magic number, the protocol version, facts about the machine, the
    object, the storages' keys) and then each storage: its length as int64 and its values.
    A tensor is read from the file when it is asked for.

    Parameters
    ----------
    file : io.BufferedIOBase
        Seekable, at any position. It must stay open as long as tensors are asked for.
    where : str
        The file, in words, for messages.

    Raises
    ------
    ModelError
        The file is damaged, was written on a big-endian machine, holds something other than a
        dict, or its pickles ask for names that weights do not need.
    """

    def __init__(self, file: io.BufferedIOBase, where: str) -> None:
        self._file, self._where = file, where
        file.seek(0)
        try:
            magic, _, machine, tensors, keys = (TorchUnpickler(file).load() for _ in range(5))
        except ModelError as error:
            raise ModelError(f"{where}: {error}") from None
        except Exception as error:  # a damaged pickle can raise anything
            raise self._damaged(first_line(error)) from error
        if magic != TORCH_MAGIC or not (isinstance(machine, dict) and isinstance(keys, list)):
            raise self._damaged("its header is wrong")
        if machine.get("little_endian") is not True:
            raise ModelError(f"{where} was written on a big-endian machine, which isn't supported")
        if not isinstance(tensors, dict):
            raise ModelError(f"{where} holds a {type(tensors).__name__}, not a dict of tensors")
        self._tensors = {
            str(name): tensor for name, tensor in tensors.items() if isinstance(tensor, Tensor)
        }
        self._starts = self._find_storages([str(key) for key in keys])

    def _damaged(self, why: str) -> ModelError:
        return ModelError(f"{self._where} is a damaged PyTorch file: {why}")

    def _find_storages(self, keys: list[str]) -> dict[str, int]:
        """Give the position in the file, in bytes, of each storage's values."""
        storages = {tensor.storage.key: tensor.storage for tensor in self._tensors.values()}
        starts: dict[str, int] = {}
        here = self._file.tell()
        end = self._file.seek(0, os.SEEK_END)
        for key in keys:
            if key not in storages:
                raise self._damaged("a storage belongs to no tensor")
            self._file.seek(here)
            length = storages[key].length
            if here + 8 <= end and self._file.read(8) != length.to_bytes(8, "little"):
                raise self._damaged("a storage's length is wrong")
            starts[key] = here + 8
            here += 8 + length * storages[key].dtype.itemsize
        if here > end:
            raise self._damaged("it ends before its weights do")
        return starts

    def __getitem__(self, name: str) -> Array:
        (key, dtype, length, start), offset, size, stride = self._tensors[name]
        first = start + offset
        last = first + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if min(first, *size, *stride) < 0 or last >= length or math.prod(size) > length:
            raise self._damaged(f"tensor {name} lies outside its storage")
        if key not in self._starts:
            raise self._damaged(f"tensor {name} has no values")
        self._file.seek(self._starts[key])
        values = self._file.read(length * dtype.itemsize)
        if len(values) < length * dtype.itemsize:
            raise self._damaged(f"tensor {name} ends too early")
        steps = [step * dtype.itemsize for step in stride]
        start_of_tensor = np.frombuffer(values, dtype)[first:]
        return np.lib.stride_tricks.as_strided(start_of_tensor, size, steps, writeable=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tensors)

    def __len__(self) -> int:
        return len(self._tensors)
