"""The conversion from end to end: read the source, settle the preprocessing, write the model."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ortstyle.errors import OutputError
from vgg19.choose_preprocessing import choose_preprocessing
from vgg19.onnx_model import build_model
from vgg19.preprocessing import Preprocessing
from vgg19.readers import read_weights
from vgg19.weights import Weights


def convert(
    source: Path,
    output: Path,
    *,
    float32: bool = False,
    preprocessing: Preprocessing | None = None,
) -> tuple[Weights, dict[str, float]]:
    """Convert VGG-19 weights into ortstyle's ONNX file; the same source gives the same bytes.

    Parameters
    ----------
    source, output : Path
    float32 : bool
        Keep the weights as they are instead of in 8-bit codebooks.
    preprocessing : Preprocessing, optional
        Overrides what the source says.

    Returns
    -------
    weights : Weights
        What was read.
    errors : dict of str to float
        The relative error of each layer's kernel.

    Raises
    ------
    ModelError
        The source can't be read, is damaged, or isn't VGG-19.
    OutputError
        The output can't be written.
    """
    with _replacing(output) as file:
        weights = choose_preprocessing(read_weights(source), preprocessing)
        model, errors = build_model(weights, float32=float32)
        file.write(model.SerializeToString(deterministic=True))
    return weights, errors


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that replaces it if the block raises no error."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        if path.is_dir():
            raise IsADirectoryError(0, "it is a folder")
        try:
            with partial.open("xb") as file:
                yield file
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror or error}") from error
