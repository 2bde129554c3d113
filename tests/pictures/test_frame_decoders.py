"""The decoders of WebP and AVIF are freed once they have given their picture."""

from io import BytesIO

import numpy as np
import pytest
from images import random_image
from PIL import Image

from ortstyle.pictures.frame_decoders import free_decoder_early

FORMATS = [
    "WEBP",
    pytest.param(
        "AVIF",
        marks=pytest.mark.skipif(".avif" not in Image.registered_extensions(), reason="old Pillow"),
    ),
]


def saved(kind, **options):
    file = BytesIO()
    random_image().save(file, kind, **options)
    return file


@pytest.mark.parametrize("kind", FORMATS)
def test_the_picture_is_the_same_and_the_decoder_is_gone(kind):
    file = saved(kind)
    freed, kept = Image.open(file), Image.open(BytesIO(file.getvalue()))
    free_decoder_early(freed)
    assert freed._decoder._decoder is not None
    np.testing.assert_array_equal(freed, kept)
    assert freed._decoder._decoder is None


def test_a_webp_that_is_damaged_is_refused():
    data = saved("WEBP", lossless=False).getvalue()
    cut = len(data) * 6 // 10
    image = Image.open(BytesIO(data[:cut] + b"\xff" * (len(data) - cut)))
    free_decoder_early(image)
    with pytest.raises(OSError, match="frame"):
        image.load()


def test_other_formats_are_left_alone():
    image = Image.open(saved("PNG"))
    before = dict(vars(image))
    free_decoder_early(image)
    assert vars(image) == before
