"""An iterate that is kept keeps its picture alive, and nothing else of the run."""

import gc
from dataclasses import replace

import numpy as np
import pytest

from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.spectral import SpectralOptimizer
from ortstyle.run.descent import Descent
from ortstyle.run.stylize import stylize
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.device_vectors import DeviceVectors

KINDS = (Descent, DeviceVectors, LBFGS, SpectralOptimizer)


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def reachable(start):
    """Return all objects that an object refers to, directly or not, but modules and classes."""
    found, waiting = {}, [start]
    while waiting:
        each = waiting.pop()
        if id(each) in found or isinstance(each, type) or type(each).__name__ == "module":
            continue
        found[id(each)] = each
        referents = gc.get_referents(each)
        if hasattr(each, "__code__"):  # of a function what it encloses, and not its globals
            referents = [*(each.__closure__ or ()), *(each.__defaults__ or ())]
        waiting.extend(referents)
    return list(found.values())


@pytest.mark.parametrize("memory", ["cpu", ""], ids=["a device's memory", "arrays"])
@pytest.mark.parametrize("spectral", [0.0, 0.5])
@pytest.mark.parametrize("colors", ["style", "content"])
def test_kept_iterates_hold_their_pictures_alone(
    photo, painting, tiny_settings, memory, spectral, colors
):
    settings = tiny_settings(iterations=6, size=40, spectral=spectral, history=9, colors=colors)
    device = replace(find_device("cpu"), memory=memory)
    run = stylize(photo, painting, settings, device=device)
    kept, pictures = [], []
    for iterate in run:
        kept.append(iterate)
        pictures.append(iterate.pixels)
    run.close()
    del run
    for iterate, expected in zip(kept, pictures, strict=True):
        held = reachable(iterate)
        assert not [each for each in held if isinstance(each, KINDS)]
        arrays = {id(each): each.nbytes for each in held if isinstance(each, np.ndarray)}
        # The picture or its coefficients, and their scale, which all iterates share.
        assert sum(arrays.values()) <= expected.nbytes * (1 + 1 / 3) + 1000
        np.testing.assert_allclose(iterate.pixels, expected, atol=1e-3)


def test_the_vectors_go_with_the_run(photo, painting, tiny_settings):
    device = replace(find_device("cpu"), memory="cpu")
    run = stylize(photo, painting, tiny_settings(iterations=3), device=device)
    kept = list(run)
    assert [each for each in gc.get_objects() if isinstance(each, KINDS)] == []
    assert all(np.isfinite(iterate.pixels).all() for iterate in kept)
