"""Whole pictures with a cache: the same losses and gradients, to the bit, in any order."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from networks import picture

from ortstyle.errors import DeviceError, GraphError
from ortstyle.graph.network import Network
from ortstyle.objective import whole
from ortstyle.objective.objective import Style
from ortstyle.objective.whole import WholeObjective
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session

SIZE = (40, 36)


def left_half():
    mask = np.zeros(SIZE, np.float32)
    mask[:, : SIZE[1] // 2] = 1
    return mask


MASKED = {
    "styles": [
        Style(pixels=picture(30, 50, 2), region=0),
        Style(pixels=picture(*SIZE, 3), mask=left_half(), region=1),
    ],
    "regions": [left_half(), 1 - left_half()],
}
VARIANTS = {
    "one style": {"styles": [picture(30, 50, 2)]},
    "a style of the content's size": {"styles": [picture(*SIZE, 2)]},
    "two styles": {"styles": [picture(30, 50, 2), picture(30, 50, 3)]},
    "masks": MASKED,
    "no content": {"styles": [picture(30, 50, 2)], "content_weight": 0.0},
    "no style": {"styles": [picture(30, 50, 2)], "style_weight": 0.0},
    "moments": {"styles": [picture(30, 50, 2)], "style_loss": "moments", "equalize": True},
    "float16": {"styles": [picture(30, 50, 2)], "precision": "float16"},
    "resident": {"styles": [picture(30, 50, 2)], "resident": True},
    "no spectrum": {"styles": [picture(30, 50, 2)], "spectral": 0.0},
}
GIVEN = ("styles", "regions", "resident")


@pytest.fixture
def objective(tiny, tiny_settings):
    """Return a function that makes the objective of a variant for a content."""
    pytest.importorskip("onnxruntime")
    network, cpu = Network.open(tiny), replace(find_device("cpu"), memory="cpu")

    def make(name, seed=1, *, cache=None):
        given = {key: value for key, value in VARIANTS[name].items() if key in GIVEN}
        changes = {key: value for key, value in VARIANTS[name].items() if key not in GIVEN}
        settings = tiny_settings(**{"precision": "float32", "spectral": 0.5} | changes)
        content = picture(*SIZE, seed)
        return WholeObjective(network, content, settings=settings, device=cpu, cache=cache, **given)

    return make


def figures(objective):
    """Return two evaluations of an objective as bytes."""
    with objective as opened:
        found = [opened(picture(*SIZE, seed)) for seed in (7, 8)]
    return [(each.loss, dict(each.terms), pixels_of(each.gradient)) for each in found]


def pixels_of(gradient):
    """Return the bytes of a gradient, which may be in a device's memory."""
    return (gradient if isinstance(gradient, np.ndarray) else gradient.numpy()).tobytes()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_cache_changes_nothing(objective, name):
    expected = [figures(objective(name, seed)) for seed in (1, 2)]
    assert expected[0] != expected[1] or name == "no content"
    with Cache() as cache:
        for seed in (1, 2, 1, 1, 2):
            assert figures(objective(name, seed, cache=cache)) == expected[seed - 1]
            assert cache.bytes


@pytest.mark.parametrize("order", list(permutations(["one style", "masks", "no spectrum"])))
def test_objectives_that_share_a_cache_change_nothing(objective, order):
    expected = {name: figures(objective(name)) for name in order}
    with Cache() as cache:
        for name in (*order, *order):
            assert figures(objective(name, cache=cache)) == expected[name]


def refuse(*_, **__):
    raise AssertionError("this is cached")


def test_the_second_objective_builds_no_graph_and_makes_no_session(objective, monkeypatch):
    with Cache() as cache:
        figures(objective("one style", cache=cache))
        for where, name in ((whole, "content_model"), (whole, "loss_model"), (Session, "__init__")):
            monkeypatch.setattr(where, name, refuse)
        assert figures(objective("one style", 2, cache=cache))


def test_two_objectives_may_be_open_at_once(objective):
    expected = [figures(objective("one style", seed)) for seed in (1, 2)]
    with Cache() as cache:
        figures(objective("one style", cache=cache))
        with objective("one style", 1, cache=cache) as first:
            assert figures(objective("one style", 2, cache=cache)) == expected[1]
            found = first(picture(*SIZE, 7))
        assert (found.loss, dict(found.terms), found.gradient.tobytes()) == expected[0][0]


def test_an_objective_that_failed_leaves_an_empty_cache(objective):
    expected = figures(objective("one style"))
    with Cache() as cache:
        with objective("one style", cache=cache) as opened, pytest.raises(DeviceError):
            opened(picture(5, 5))
        assert cache.bytes == 0
        assert figures(objective("one style", cache=cache)) == expected


def test_an_objective_that_failed_to_open_gives_back_what_it_took(objective, monkeypatch):
    with Cache() as cache:
        figures(objective("one style", cache=cache))
        before = cache.bytes
        opened = objective("one style", cache=cache)
        with monkeypatch.context() as patched:
            patched.setattr(whole, "style_targets", None)
            with pytest.raises(TypeError):
                opened.open()
        opened.close()
        assert cache.bytes == before


def test_an_objective_that_was_never_opened_takes_nothing(objective):
    with Cache() as cache:
        figures(objective("one style", cache=cache))
        before = cache.bytes
        objective("one style", cache=cache).close()
        assert cache.bytes == before


def test_errors_of_graphs_are_raised_with_a_cache_too(tiny, tiny_settings):
    small, cpu = picture(2, 2), find_device("cpu")
    network = Network.open(tiny)
    with Cache() as cache, pytest.raises(GraphError):
        WholeObjective(
            network, small, styles=[small], settings=tiny_settings(), device=cpu, cache=cache
        )
