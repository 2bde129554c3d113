"""The choice of the preprocessing for weights whose file may not say which one they expect."""

from dataclasses import replace
from pathlib import Path

from vgg19.caffe_release import CAFFE_SHA256, as_caffe_release, is_caffe_release
from vgg19.layers import LAYERS
from vgg19.preprocessing import TORCH, Preprocessing
from vgg19.read_onnx import layer_reader, load_model
from vgg19.readers import unknown_format
from vgg19.weights import Floats, Weights, checked_array

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "vgg19.onnx"


def choose_preprocessing(weights: Weights, asked: Preprocessing | None = None) -> Weights:
    """Decide how pictures are prepared for these weights.

    What is asked for comes first, then what the file says. If it says nothing, neural-style's file,
    known by its hash, and weights whose first layer equals that of the shipped model are the Caffe
    release; all others are taken to be trained as torchvision's were.

    Parameters
    ----------
    weights : Weights
    asked : Preprocessing, optional

    Returns
    -------
    Weights
        With a preprocessing.

    Raises
    ------
    ModelError
        The shipped model is needed for the comparison and can't be used.
    """
    if asked is not None:
        return replace(weights, preprocessing=asked, preprocessing_from="--preprocessing")
    if weights.preprocessing is not None:
        return weights
    if weights.sha256.startswith(CAFFE_SHA256):
        return as_caffe_release(weights, "the file's SHA-256")
    shipped = shipped_conv1_1()
    if shipped is not None and is_caffe_release(weights, shipped):
        return as_caffe_release(weights, "conv1_1, which is the Caffe release's")
    reason = f"{SHIPPED} isn't there to compare with" if shipped is None else "conv1_1 is another's"
    return replace(weights, preprocessing=TORCH, preprocessing_from=f"an assumption: {reason}")


def shipped_conv1_1() -> Floats | None:
    """Read the shipped model's first kernel, (64, 3, 3, 3); None if the model is missing."""
    if not SHIPPED.is_file():
        return None
    model = load_model(SHIPPED)
    if model is None:
        raise unknown_format(SHIPPED)
    first = LAYERS[0]
    kernel, _ = layer_reader(str(SHIPPED), model)(first)
    return checked_array(str(SHIPPED), first.name, kernel, first.shape)
