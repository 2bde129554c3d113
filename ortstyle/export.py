"""Export of the graph of loss and gradient to a file, for programs in other languages."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnx
import onnx_ir as ir

from ortstyle.errors import OutputError
from ortstyle.files import same_file, try_writing, write_atomically
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.style_losses import style_loss
from ortstyle.graph.values import shape_of
from ortstyle.packaged import packaged_path
from ortstyle.settings.settings import Settings

#: What each graph input and output holds, by its name or the part of its name before the first dot.
#: The targets of a style are described by `StyleLoss.targets`.
_INPUTS = {
    "image": "the picture, RGB 0-255, planar",
    "content": "statistics.{name} of a run whose image is the content picture",
}
_OUTPUTS = {
    "loss": "what to minimise, the sum of the terms",
    "content": "the weighted content loss",
    "style": "the weighted style loss",
    "tv": "the weighted smoothness of the picture",
    "gradient": "d loss / d image",
    "statistics": "statistics of image, which the loss compares with the input of the same name",
}


def export_graph(
    path: str | Path, *, width: int, height: int, settings: Settings
) -> tuple[Path, Path]:
    """Write the graph of loss and gradient, and a description of its inputs and outputs.

    Parameters
    ----------
    path
        The file to write, `OUT.onnx`; the description is written to `OUT.json`.
    width, height
        Size of the pictures in pixels.
    settings
        Weights, layers, pooling and network; the graph depends on no other settings.

    Returns
    -------
    tuple
        The paths of the two files.

    Raises
    ------
    OutputError
        One of the two files can't be written.
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
    targets = _style_targets(settings)
    return {
        "model": {"file": network.path.name, "sha256": network.sha256},
        "settings": settings.to_dict(),
        "inputs": [_entry(value, _INPUTS | targets) for value in model.graph.inputs],
        "outputs": [_entry(value, _OUTPUTS) for value in model.graph.outputs],
    }


def _style_targets(settings: Settings) -> dict[str, str]:
    """Return what each input for a style target holds, by the name of the input."""
    kind = style_loss(settings.style_loss)
    return {
        kind.input_name("style", layer, target): meaning
        for layer, _ in settings.style_layers
        for target, meaning in kind.targets.items()
    }


def _entry(value: ir.Value, meanings: Mapping[str, str]) -> dict[str, Any]:
    name = str(value.name)
    meaning = meanings[name if name in meanings else name.partition(".")[0]]
    return {
        "name": name,
        "shape": list(shape_of(value)),
        "dtype": str(value.dtype).lower(),
        "meaning": meaning.format(name=name),
    }


def _write(path: Path, data: bytes) -> None:
    """Write all of a file or nothing."""
    with _writing_errors(path):
        write_atomically(path, lambda file: file.write(data))


@contextmanager
def _writing_errors(path: Path) -> Iterator[None]:
    """Turn an `OSError` raised inside into an `OutputError` that begins with ``path``."""
    if path.is_dir():
        raise OutputError(f"{path} can't be written: it is a folder")
    try:
        yield
    except OSError as error:
        raise OutputError(f"{path} can't be written: {error.strerror}") from error
