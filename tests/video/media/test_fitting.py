"""The size in which a film is painted."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from written_films import plain_clip

from ortstyle.errors import SettingsError
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.fitting import fitting_size

AUTO = FilmEncoding()


def fitted(size, side, encoding=AUTO, output=None):
    clip = plain_clip(Path("clip"), width=size[0], height=size[1])
    return fitting_size(clip, side, encoding, output=output and Path(output))


@pytest.mark.parametrize(
    ("size", "side", "fitting"),
    [
        ((1920, 1080), 512, (512, 288)),
        ((1920, 1080), 513, (512, 288)),
        ((853, 480), None, (852, 480)),
        ((1, 1), None, (2, 2)),
        ((5000, 3), 64, (64, 2)),
    ],
)
def test_sizes_are_even(size, side, fitting):
    assert fitted(size, side) == fitting


@pytest.mark.parametrize(
    ("output", "codec", "fitting"),
    [
        ("a.gif", "auto", (63, 47)),
        ("a.webp", "auto", (63, 47)),
        ("a-%05d.png", "auto", (63, 47)),
        ("a.mkv", "ffv1", (63, 47)),
        (None, "ffv1", (63, 47)),
        ("a.mov", "prores", (62, 47)),
        ("a.webm", "auto", (62, 46)),
    ],
)
def test_a_format_takes_what_it_can(output, codec, fitting):
    assert fitted((63, 47), None, FilmEncoding(codec=codec), output) == fitting


@given(st.tuples(st.integers(1, 9000), st.integers(1, 9000)), st.integers(1, 9000))
def test_no_side_is_zero_or_far_from_what_was_asked(size, side):
    width, height = fitted(size, side)
    assert width % 2 == height % 2 == 0
    assert width >= 2
    assert height >= 2
    assert abs(max(width, height) - side) <= 1
    assert abs(min(width, height) - min(size) * side / max(size)) <= 2


def test_a_side_of_no_pixels_is_refused():
    with pytest.raises(SettingsError, match="size 0 is too small"):
        fitted((64, 48), 0)
