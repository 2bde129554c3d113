"""The recorded numbers are those of the packed graphs, and their pictures follow the formula."""

import base64

import numpy as np
import pytest
from networks import VGG19, difference, run_session
from web_feeds import roots, spectral, term_weights

from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.optim.cosine_transform import cosine_transform
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.presets import from_preset
from ortstyle.web.canvases import canvases_of
from ortstyle.web.graphs import RECORDED_SIDE, GraphMaker
from ortstyle.web.recorded import CANVAS, Recorded, seeded_picture
from ortstyle.web.weights import LOCATION, SharedWeights


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


@pytest.fixture(scope="module")
def recorded(vgg19):
    pytest.importorskip("onnxruntime")
    return Recorded.compute(vgg19, from_preset())


def test_a_picture_is_drawn_number_by_number():
    """This is the formula once more, for single pixels."""
    height, width = CANVAS
    state, noise = 2, []
    for _ in range(3 * height * width):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        noise.append(state >> 24)
    found = seeded_picture(2)
    assert found.shape == (1, 3, height, width)
    for channel, y, x in ((0, 0, 0), (1, 20, 31), (2, 47, 5)):
        total = 0
        for dy in range(-2, 3):
            for dx in range(-2, 3):
                row = channel * height + (y + dy) % height
                total += noise[row * width + (x + dx) % width]
        assert found[0, channel, y, x] == min(max(128 + 3 * (total // 25 - 128), 0), 255)


def test_pictures_differ_and_use_the_range():
    first, second = seeded_picture(1), seeded_picture(2)
    assert difference(first, second) > 0.2
    assert first.min() < 40
    assert first.max() > 215


def test_the_canvas_is_one_of_those_of_its_side():
    assert CANVAS in canvases_of(RECORDED_SIDE)


def test_the_packed_graph_computes_the_recorded_numbers(vgg19, recorded, tmp_path):
    settings = recorded.settings
    weights = SharedWeights.of(vgg19, settings)
    maker = GraphMaker(vgg19, settings, weights=weights)
    (tmp_path / LOCATION).write_bytes(weights.external_data())
    path = tmp_path / "loss.onnx"
    path.write_bytes(maker.file(maker.build("loss", CANVAS)))
    content, style, start = map(seeded_picture, (1, 2, 3))
    targets = WholeObjective(
        vgg19, content, styles=[style], settings=settings, device=find_device("cpu")
    ).targets()
    feeds = spectral(CANVAS, settings.spectral) | term_weights(settings) | targets
    feeds |= roots(path.read_bytes(), np.ones(CANVAS, np.float32))
    feeds["coefficients"] = cosine_transform(start[0])[None] * feeds.pop("spectral.inverse_scale")
    found = run_session(str(path), feeds)
    assert found["loss"].item() == pytest.approx(recorded.loss, rel=1e-4)
    for term, value in recorded.terms.items():
        assert found[term].item() == pytest.approx(value, rel=1e-4)
    assert difference(found["gradient"], recorded.gradient) < 1e-4


def test_the_run_begins_with_the_recorded_loss_and_lowers_it(recorded):
    assert recorded.losses[0] == pytest.approx(recorded.loss, rel=1e-6)
    assert len(recorded.losses) == 4
    assert recorded.losses[-1] < recorded.losses[0]


def test_what_is_recorded_can_be_written_as_json(recorded):
    content = recorded.to_json()
    gradient = np.frombuffer(base64.b64decode(content["gradient"]), "<f4")
    np.testing.assert_array_equal(gradient, recorded.gradient.ravel())
    assert content["canvas"] == list(CANVAS)
    assert set(content["seeds"]) == {"content", "style", "start"}
    assert content["weights"] == {"content": 2.0, "style": 1.0, "tv": 0.04}
