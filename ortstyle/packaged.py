"""The files that are installed with ortstyle: the network and the example pictures."""

from pathlib import Path


def packaged_path(folder: str, name: str) -> Path:
    """Return the path of a file that is installed with ortstyle, such as ``models/vgg19.onnx``.

    In a source checkout some folders lie beside the package instead of inside it.
    """
    inside = Path(__file__).parent / folder / name
    return inside if inside.exists() else Path(__file__).parents[1] / folder / name
