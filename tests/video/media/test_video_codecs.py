"""The table of codecs."""

import pytest

from ortstyle.video.media.pixel_planes import bits_of
from ortstyle.video.media.video_codecs import CODECS


@pytest.mark.parametrize(
    ("codec", "bits", "held"),
    [
        ("h264", 8, 8),
        ("h264", 10, 10),
        ("h264", 12, 10),
        ("hevc", 12, 12),
        ("prores", 8, 10),
        ("ffv1", 16, 16),
        ("apng", 10, 16),
        ("gif", 16, 8),
    ],
)
def test_bits_are_held_where_the_codec_can(codec, bits, held):
    assert CODECS[codec].bits_for(bits) == held


def test_pixel_formats_have_the_bits_by_which_they_are_found():
    for codec in CODECS.values():
        for bits, pixel_format in codec.pixel_formats.items():
            assert bits_of(pixel_format) == bits


def test_default_qualities_lie_in_their_ranges():
    for quality in (codec.quality for codec in CODECS.values() if codec.quality):
        assert quality.least <= quality.default <= quality.most
