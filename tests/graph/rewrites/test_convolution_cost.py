"""The choice between the direct sum and Winograd's algorithm."""

import sys
from types import SimpleNamespace

import pytest

from ortstyle.graph.rewrites.convolution_cost import NARROW, WIDE, costs_here

both = pytest.mark.parametrize("costs", [NARROW, WIDE], ids=["narrow", "wide"])


@pytest.mark.parametrize(
    ("channels", "narrow", "wide"),
    [
        ((3, 64), False, False),
        ((64, 64), False, False),
        ((64, 128), True, False),
        ((128, 64), True, False),
        ((128, 128), True, False),
        ((128, 256), True, True),
        ((512, 512), True, True),
    ],
)
def test_many_channels_make_up_for_the_transforms(channels, narrow, wide):
    assert NARROW.is_faster(*channels, 1000) is narrow
    assert WIDE.is_faster(*channels, 1000) is wide


@both
def test_few_tiles_are_not_worth_the_memory_of_the_kernels(costs):
    assert costs.is_faster(512, 512, 32)
    assert not costs.is_faster(512, 512, 31)


@both
def test_the_forward_and_the_backward_pass_choose_alike(costs):
    for channels in ((1, 1000), (16, 500), (70, 90), (64, 96)):
        assert costs.is_faster(*channels, 99) is costs.is_faster(*channels[::-1], 99)


@both
def test_small_tiles_save_too_little(costs):
    assert not costs.is_faster(128, 128, 1000, tile=2)


@pytest.fixture
def umath(monkeypatch):
    """Return what NumPy's module of processors' features is replaced by."""
    costs_here.cache_clear()
    module = SimpleNamespace()
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        monkeypatch.setitem(sys.modules, name, module)
    yield module
    costs_here.cache_clear()


@pytest.mark.parametrize(
    ("features", "expected"),
    [({"AVX2": True, "AVX512_SKX": False}, NARROW), ({"AVX512_SKX": True}, WIDE), ({}, NARROW)],
)
def test_the_costs_are_those_of_the_processor(umath, features, expected):
    umath.__cpu_features__ = features
    assert costs_here() is expected


def test_a_numpy_that_says_nothing_counts_as_narrow(umath):
    assert costs_here() is NARROW
