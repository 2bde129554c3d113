"""Values of tags: numbers, lists and fractions, and what is none of them."""

from io import BytesIO

import numpy as np
import tifffile
from tiffs import BLACK_IS_ZERO, tiff_of

from ortstyle.pictures.tiff_values import tag_bytes, tag_fractions, tag_number, tag_values


def test_values_of_tags():
    tags = [
        (274, 3, [6]),
        (317, 2, b"text\0"),
        (338, 3, [0, 2]),
        (34675, 7, b"profile"),
        (532, 5, (0, 1, 255, 2, 1, 0, 255, 1)),
    ]
    data = tiff_of(np.zeros((2, 3, 1), np.uint8), BLACK_IS_ZERO, tags=tags)
    with tifffile.TiffFile(BytesIO(data)) as file:
        page = file.pages[0]
        assert tag_number(page, 274, 1) == 6
        assert tag_number(page, 317, 1) == 1  # text is no number
        assert tag_number(page, 999, 7) == 7
        assert tag_values(page, 317, (1, 2)) == (1, 2)
        assert tag_bytes(page, 34675) == b"profile"
        assert tag_bytes(page, 256) == b""  # a number is not so many zeros
        assert tag_bytes(page, 999) == b""
        assert tag_number(page, 338, 5) == 5  # several numbers are not one
        assert tag_values(page, 338, ()) == (0, 2)
        assert tag_values(page, 274, ()) == (6,)
        assert tag_values(page, 999, (1, 2)) == (1, 2)
        assert tag_fractions(tag_values(page, 532, ())) == (0, 127.5, 0, 255)
