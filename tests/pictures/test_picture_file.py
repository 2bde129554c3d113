"""Files and images that are open but not decoded."""

from io import BytesIO

import numpy as np
import pytest
from images import random_image
from PIL import Image

from ortstyle.pictures.picture_file import open_picture, wrap_image


def test_an_image_is_decoded_when_that_is_asked_for():
    image = random_image()
    opened = wrap_image(image, "content")
    assert opened.size == image.size
    assert opened.metadata is image
    assert opened.count_frames() == 1
    np.testing.assert_array_equal(opened.decode(b"", None).planes[0], image)


@pytest.mark.parametrize("frames", [1, 3])
def test_a_file_tells_its_frames_after_it_was_decoded(frames):
    images = [random_image(seed=number) for number in range(frames)]
    file = BytesIO()
    images[0].save(file, "PNG", save_all=True, append_images=images[1:])
    opened = open_picture(file, "content")
    np.testing.assert_array_equal(opened.decode(b"", None).planes[0], images[0])
    assert opened.count_frames() == frames


def test_what_is_no_picture_is_pillows_error():
    with pytest.raises(Image.UnidentifiedImageError):
        open_picture(BytesIO(b"hello"), "content")


def test_floats_of_an_unusual_range_are_told():
    for top, said in ((1, ""), (200, ""), (900, "it will be dark"), (1e6, "count as 0–1e+06")):
        image = Image.fromarray(np.linspace(0, top, 16, dtype=np.float32).reshape(4, 4))
        found = wrap_image(image, "content").decode(b"", None).notice
        assert (said in found) if said else not found


def test_the_pixels_of_a_file_are_not_copied_and_those_of_a_caller_are():
    file = BytesIO()
    random_image().save(file, "PNG", dpi=(300, 300))
    opened = open_picture(file, "content")
    plane = opened.decode(b"", None).planes[0]
    assert plane.im is opened.metadata.im
    assert type(plane) is Image.Image
    image = random_image()
    (copied,) = wrap_image(image, "content").decode(b"", None).planes
    copied.paste("white", (0, 0, *copied.size))
    np.testing.assert_array_equal(image, random_image())
