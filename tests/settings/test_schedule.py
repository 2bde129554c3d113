"""The scales of a run: their sizes, evaluations and weights."""

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from ortstyle.settings.settings import Settings

# scales


@given(
    size=st.integers(1, 9000),
    scales=st.integers(0, 12),
    iterations=st.integers(1, 2000),
)
def test_a_schedule_grows_to_the_size_and_spends_all(size, scales, iterations):
    settings = Settings(size=size, scales=scales, iterations=iterations)
    sides, counts = zip(*settings.schedule(), strict=True)
    assert list(sides) == sorted(sides)
    assert sides[-1] == size
    assert sum(counts) == iterations == settings.evaluations
    assert min(counts) >= 1
    # Finer scales get fewer evaluations, but the finest gets the rest; rounding may move one.
    assert all(b <= a + 1 for a, b in pairwise(counts[:-1]))


def test_a_larger_size_takes_the_same_way_and_goes_on():
    small, large = (Settings(size=size).schedule() for size in (512, 2048))
    assert [side for side, _ in small] == [256, 362, 512]
    assert large[:2] == small[:2]
    assert [side for side, _ in large[: len(small)]] == [side for side, _ in small]
    assert [side for side, _ in large[len(small) :]] == [1024, 2048]


def test_the_content_weighs_less_at_scales_finer_than_512():
    settings = Settings(size=2048, content_weight=3.0)
    assert settings.at(362).content_weight == settings.at(512).content_weight == 3
    assert settings.at(2048).content_weight == pytest.approx(0.75)
    alone = Settings(size=2048, scales=1)
    assert alone.at(2048) is alone


def test_scales_finer_than_512_have_no_spectral_exponent():
    settings = Settings(size=1024, spectral=0.4)
    assert settings.at(256) is settings.at(362) is settings.at(512) is settings
    assert settings.at(1024).spectral == 0
    alone = Settings(size=1024, scales=1, spectral=0.4)
    assert alone.at(1024) is alone


def test_the_scales_that_a_run_paints_count_not_those_it_leaves_out():
    settings = Settings(size=2048, spectral=0.4, content_weight=3.0)
    assert settings.at(512, ((512, 9), (2048, 3))) is settings
    assert settings.at(2048, ((512, 9), (2048, 3))).spectral == 0
    assert settings.at(2048, ((2048, 12),)) is settings
    unknown = Settings(size="content")
    assert unknown.at(256, ((256, 3), (300, 3))) is unknown


@pytest.mark.parametrize(("size", "sides"), [(100, [100]), (300, [300]), (310, [256, 310])])
def test_a_last_scale_is_not_next_to_the_one_before(size, sides):
    assert [side for side, _ in Settings(size=size).schedule()] == sides


def test_iterations_by_scale(refusal_of):
    settings = Settings(size=512, scales=3, iterations=(30, 20, 5))
    assert settings.schedule() == ((256, 30), (362, 20), (512, 5))
    assert settings.evaluations == 55
    message = refusal_of(Settings, iterations=(30, 20))
    assert "--iterations has 2 numbers; give --scales 2 too" in message
    assert "--iterations must be at least 1" in refusal_of(Settings, scales=2, iterations=(3, 0))
    assert Settings(scales=1, iterations=90).schedule() == ((512, 90),)
