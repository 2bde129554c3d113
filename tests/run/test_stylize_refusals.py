"""What `stylize` refuses before the work, always in one line that says how to mend it."""

import numpy as np
import onnx
import pytest

from ortstyle.errors import (
    DeviceError,
    MemoryBudgetError,
    ModelError,
    OrtStyleError,
    PictureError,
    SettingsError,
)
from ortstyle.run.stylize import stylize
from ortstyle.runtime import availability
from ortstyle.settings.settings import Settings


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def refusal_of(kind, *args, **options):
    """Call `stylize`, never `next`."""
    with pytest.raises(kind) as caught:
        stylize(*args, **options)
    message = str(caught.value)
    assert isinstance(caught.value, OrtStyleError)
    assert "\n" not in message
    return message


def test_pictures_that_can_not_be_read(tmp_path, photo, painting, tiny_settings):
    (tmp_path / "text.png").write_text("no picture")
    ok = tiny_settings()
    for wrong, words in [
        (tmp_path / "none.png", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "text.png", "not a picture"),
        (np.zeros((4, 4, 7)), "shape"),
    ]:
        message = refusal_of(PictureError, wrong, painting, ok)
        assert message.startswith("content")
        assert words in message
        message = refusal_of(PictureError, photo, [painting, wrong], ok)
        assert message.startswith("style")
        assert words in message
    start = str(tmp_path / "none.png")
    message = refusal_of(PictureError, photo, painting, tiny_settings(init=start))
    assert message == f"--init {start} does not exist; check the path"


def test_no_style_at_all(photo, tiny_settings):
    assert "style" in refusal_of(PictureError, photo, [], tiny_settings())


def test_a_picture_above_the_limit(photo, painting, tiny_settings):
    message = refusal_of(PictureError, photo, painting, tiny_settings(max_pixels=1700))
    assert message.startswith("content has more than 1700 pixels")
    assert "--max-pixels" in message


@pytest.mark.parametrize("name", ["content_layers", "style_layers"])
def test_an_unknown_layer_is_told_the_nearest(photo, painting, tiny_settings, name):
    wrong = tiny_settings(**{name: (("relu_2", 1.0),)})
    message = refusal_of(SettingsError, photo, painting, wrong)
    assert message == "tiny.onnx has no layer 'relu_2'; did you mean 'relu2'?"


def test_a_blend_of_another_length(photo, painting, tiny_settings):
    wrong = tiny_settings(style_blend=(1.0, 2.0))
    assert "2 weights for 1 styles" in refusal_of(SettingsError, photo, painting, wrong)


def test_pictures_too_small_for_the_network(tmp_path, photo, painting, tiny_settings):
    message = refusal_of(PictureError, photo, painting, tiny_settings(size=5))
    assert message == (
        "content is too small at 5×3: tiny.onnx needs 4 pixels on each side; "
        "give a --size of 6 or more"
    )
    assert list(stylize(photo, painting, tiny_settings(size=6)))  # 6×4
    path = tmp_path / "strip.png"
    painting.resize((40, 2)).save(path)
    message = refusal_of(PictureError, photo, [painting, path], tiny_settings())
    assert message.startswith(f"style {path} is too small at 24×1: tiny.onnx needs 2 pixels")
    assert list(stylize(photo, path, tiny_settings(size=40)))  # 40×2


def test_a_side_of_no_pixels(photo, painting, tiny_settings):
    wrong = tiny_settings(style_scale=0.01)
    message = refusal_of(PictureError, photo, painting, wrong)
    assert message.endswith("give a --style-scale of 0.09 or more")


def test_a_size_that_no_memory_holds(photo, painting, tiny_settings):
    message = refusal_of(MemoryBudgetError, photo, painting, tiny_settings(size=10**6))
    assert "give a --size of at most about" in message


def test_only_the_layers_with_a_weight_need_room(photo, painting, tiny_settings):
    strip = photo.resize((24, 2))
    message = refusal_of(PictureError, strip, painting, tiny_settings())
    assert "needs 4 pixels" in message
    assert list(stylize(strip, painting, tiny_settings(content_weight=0)))  # relu2 is enough
    dot = painting.resize((24, 1))
    assert "needs 2 pixels" in refusal_of(PictureError, photo, dot, tiny_settings())
    assert list(stylize(photo, dot, tiny_settings(style_weight=0)))


def test_vgg19_says_how_small_it_goes(photo, painting):
    settings = Settings(size=15, iterations=1)
    message = refusal_of(PictureError, photo, painting, settings)
    assert "at 15×11: vgg19.onnx needs 16 pixels" in message


def test_files_that_are_no_models(tmp_path, photo, painting, tiny, tiny_settings):
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "short.onnx").write_bytes(tiny.read_bytes()[:-100])
    (tmp_path / "empty.onnx").touch()
    for name in ("text", "short", "empty", "none"):
        path = tmp_path / f"{name}.onnx"
        message = refusal_of(ModelError, photo, painting, tiny_settings(model=str(path)))
        assert str(path) in message


def test_a_model_that_has_no_derivative_is_refused_beforehand(
    tmp_path, photo, painting, tiny, tiny_settings
):
    model = onnx.load(tiny)
    for node in model.graph.node:
        if node.name == "relu2":
            node.op_type = "Hardmax"
    path = tmp_path / "hard.onnx"
    onnx.save(model, path)
    with pytest.raises(OrtStyleError, match="Hardmax"):
        stylize(photo, painting, tiny_settings(model=str(path)))


def test_a_device_that_is_missing(monkeypatch, photo, painting, tiny_settings):
    message = refusal_of(SettingsError, photo, painting, tiny_settings(), device="cpp")
    assert "did you mean cpu?" in message
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    message = refusal_of(DeviceError, photo, painting, tiny_settings(), device="cpu")
    assert 'pip install "onnxruntime>=' in message
