"""The graph of loss and gradient as a file, for programs in other languages."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir

from ortstyle.errors import OutputError
from ortstyle.files import same_file, try_writing, write_atomically
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import shape_of
from ortstyle.packaged import packaged_path
from ortstyle.settings.record import Settings

_MEANINGS = {
    "image": "the picture, RGB 0-255, planar",
    "content": "statistics.{name} of a run whose image is the content picture",
    "style": "statistics.{name} of a run whose image is the style picture",
    "loss": "what to minimise, the sum of the terms",
    "gradient": "d loss / d image",
    "statistics": "what the input of the same name holds when image is the picture to resemble",
    "tv": "the weighted smoothness of the picture",
}
_ROOT = (
    "the symmetric root of C * statistics.{name} - m * transpose(m), m = statistics.{name}.mean, "
    "of a run whose image is the style picture; C channels, eigenvalues raised by a thousandth of "
    "their mean"
)


def export_graph(
    path: str | Path, *, width: int, height: int, settings: Settings
) -> tuple[Path, Path]:
    """Write the graph of loss and gradient, and a description of its inputs and outputs.

    Parameters
    ----------
    path
        `OUT.onnx`; the description goes to `OUT.json`.
    width, height
        Of the pictures, in pixels.
    settings
        Weights, layers, pooling, network.

    Returns
    -------
    tuple
        The two files.

    Raises
    ------
    OutputError
        They can't be written there.
    OrtStyleError
        The graph can't be built.
    """
    path = Path(path)
    if path.suffix != ".onnx":
        raise OutputError(f"{path}: the graph is an ONNX file; name it {path.stem}.onnx")
    description = path.with_suffix(".json")
    for file in (path, description):
        with _writing_errors(file):
            try_writing(file, lambda empty: empty.write(b""))
    if settings.model and same_file(path, Path(settings.model)):
        raise OutputError(f"{path} would overwrite the network; choose another name")
    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    model = loss_model(network, (height, width), settings=settings, statistics=True)
    proto = ir.to_proto(model)
    onnx.checker.check_model(proto, full_check=True)
    _write(path, proto.SerializeToString())
    text = json.dumps(_describe(model, settings, network), indent=2)
    _write(description, f"{text}\n".encode())
    return path, description


def _describe(model: ir.Model, settings: Settings, network: Network) -> dict[str, Any]:
    return {
        "model": {"file": network.path.name, "sha256": network.sha256},
        "settings": settings.to_dict(),
        "inputs": [_entry(value, settings) for value in model.graph.inputs],
        "outputs": [_entry(value, settings) for value in model.graph.outputs],
    }


def _entry(value: ir.Value, settings: Settings) -> dict[str, Any]:
    name = str(value.name)
    kind, _, layer = name.partition(".")
    is_root = (
        kind == "style"
        and settings.style_loss == "wasserstein"
        and layer in dict(settings.style_layers)
    )
    return {
        "name": name,
        "shape": list(shape_of(value)),
        "dtype": str(value.dtype).lower(),
        "meaning": (_ROOT if is_root else _MEANINGS[kind]).format(name=name),
    }


def _write(path: Path, data: bytes) -> None:
    """Write all of a file or nothing."""
    with _writing_errors(path):
        write_atomically(path, lambda file: file.write(data))


@contextmanager
def _writing_errors(path: Path) -> Iterator[None]:
    """Turn an error of the system inside into one line that begins with ``path``."""
    if path.is_dir():
        raise OutputError(f"{path} can't be written: it is a folder")
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}") from error
