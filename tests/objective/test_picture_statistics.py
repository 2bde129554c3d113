"""The statistics of pictures: one graph for pictures of one size, cached by the style's pixels."""

from dataclasses import replace

import numpy as np
import pytest
from networks import picture

from ortstyle.graph.network import Network
from ortstyle.objective.objective import Style
from ortstyle.objective.picture_statistics import PictureStatistics
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory

SIZE = (40, 36)


@pytest.fixture
def cpu():
    pytest.importorskip("onnxruntime")
    return find_device("cpu")


@pytest.fixture
def statistics(tiny, tiny_settings, cpu):
    """Return a function that computes statistics of styles and contents, in their order."""
    network = Network.open(tiny)

    def compute(styles, contents=(), *, cache=None, **changes):
        sessions = SessionFactory(cpu, tiny_settings(**changes), cache=cache, network=network)
        made = PictureStatistics(network, styles, contents=contents, sessions=sessions)
        try:
            return [made(style) for style in (*styles, *contents)]
        finally:
            made.close()

    return compute


@pytest.fixture
def runs(monkeypatch):
    """Return the list of the sessions that have run, one entry a run."""
    found, real = [], Session.run
    monkeypatch.setattr(
        Session, "run", lambda self, **inputs: found.append(self) or real(self, **inputs)
    )
    return found


def half_mask(size=SIZE):
    mask = np.zeros(size, np.float32)
    mask[:, : size[1] // 2] = 1
    return mask


def equal(found, expected):
    assert found.keys() == expected.keys()
    return all(np.array_equal(found[name], expected[name]) for name in found)


def test_pictures_of_one_size_share_a_session(statistics, runs):
    styles = [
        Style(pixels=picture(*size, seed)) for seed, size in enumerate([SIZE, SIZE, (50, 44)])
    ]
    found = statistics(styles, [Style(pixels=picture(*SIZE, 9))])
    assert runs[0] is runs[1] is runs[3]
    assert runs[2] is not runs[0]
    for style, of_style in zip(styles, found, strict=False):
        assert equal(of_style, statistics([style])[0])


def test_a_style_is_computed_once_and_a_content_always(statistics, runs):
    style, content = Style(pixels=picture(*SIZE, 1)), Style(pixels=picture(*SIZE, 2))
    expected = statistics([style], [content])
    runs.clear()
    with Cache() as cache:
        first = statistics([style], [content], cache=cache)
        assert len(runs) == 2
        again = replace(style, pixels=style.pixels.copy(), share=0.25)
        second = statistics([again], [content], cache=cache)
        assert len(runs) == 3
    for found in (first, second):
        assert all(map(equal, found, expected))


@pytest.mark.parametrize(
    ("change", "settings"),
    [
        ({"pixels": picture(*SIZE, 5)}, {}),
        ({"pixels": picture(*SIZE[::-1], 1)}, {}),
        ({"mask": half_mask()}, {}),
        ({"mask": 1 - half_mask()}, {}),
        ({}, {"style_layers": (("relu2", 1.0),)}),
        ({}, {"pooling": "avg"}),
        ({}, {"style_loss": "moments"}),
    ],
)
def test_another_style_has_other_statistics(statistics, change, settings):
    style = Style(pixels=picture(*SIZE, 1))
    other = replace(style, **change)
    (expected,) = statistics([other], **settings)
    with Cache() as cache:
        statistics([style], cache=cache)
        statistics([replace(style, mask=np.ones(SIZE, np.float32))], cache=cache)
        (found,) = statistics([other], cache=cache, **settings)
    assert equal(found, expected)
