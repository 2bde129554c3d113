"""What is transparent in a cut-out takes the colours of what is visible next to it."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from ortstyle.pictures.cut_out import without_surroundings
from ortstyle.pictures.picture import Picture
from ortstyle.pictures.read import read_picture


def disc(size, *, blur=0.0):
    """Return an opacity of mode L: a disc in the middle, with soft edges if it is blurred."""
    y, x = np.mgrid[: size[1], : size[0]]
    inside = np.hypot(x - size[0] / 2, y - size[1] / 2) < min(size) / 3
    levels = Image.fromarray(inside.astype(np.uint8) * 255)
    return levels.filter(ImageFilter.GaussianBlur(blur)) if blur else levels


def cut_out(picture, opacity):
    cut = picture.convert("RGB").resize(opacity.size)
    cut.putalpha(opacity)
    return cut


def levels_of(picture):
    return picture.pixels[0].transpose(1, 2, 0)


def test_an_opaque_picture_is_left_alone(photo):
    picture = read_picture(photo, name="style")
    assert without_surroundings(picture) is picture


@pytest.mark.parametrize("size", [(40, 30), (31, 47), (700, 301)])
def test_soft_edges_have_their_own_colours(painting, size):
    opacity = disc(size, blur=2)
    cut = cut_out(painting, opacity)
    found = without_surroundings(read_picture(cut, name="style"))
    assert found.size == size
    assert found.alpha is not None
    visible = np.asarray(opacity) >= 64
    difference = abs(levels_of(found) - np.asarray(cut.convert("RGB"), float))
    assert difference[visible].max() <= 2


@pytest.mark.parametrize("color", [(200, 30, 60), (0, 0, 0), (255, 255, 255)])
@pytest.mark.parametrize("blur", [0, 3])
def test_a_cut_out_of_one_colour_has_it_everywhere(color, blur):
    size = (300, 170)
    cut = cut_out(Image.new("RGB", (1, 1), color), disc(size, blur=blur))
    found = without_surroundings(read_picture(cut, name="style"))
    assert abs(levels_of(found) - color).max() <= 2


def test_what_is_transparent_has_the_colours_next_to_it():
    levels = np.zeros((90, 90, 4), np.uint8)
    levels[30:60, 30:45] = (255, 0, 0, 255)
    levels[30:60, 45:60] = (0, 0, 255, 255)
    found = levels_of(without_surroundings(read_picture(Image.fromarray(levels), name="style")))
    assert (found[40:50, 26, 0] > 150).all()
    assert (found[40:50, 63, 2] > 150).all()
    # Everywhere it is a mixture of both, without the white.
    assert found[..., 1].max() == 0
    np.testing.assert_allclose(found[..., 0] + found[..., 2], 255, atol=2)


def test_a_single_visible_pixel_suffices():
    levels = np.zeros((900, 900, 4), np.uint8)
    levels[500, 600] = (10, 200, 40, 255)
    found = levels_of(without_surroundings(read_picture(Image.fromarray(levels), name="style")))
    np.testing.assert_allclose(found, np.broadcast_to([10, 200, 40], found.shape), atol=1)


def test_floats_stay_floats_and_grey_stays_one_plane():
    plane = Image.fromarray(np.full((40, 30), 100.5, np.float32))
    opacity = disc((30, 40))
    weight = np.asarray(opacity, np.float32) / 255
    flat = Image.fromarray((np.asarray(plane) * weight + 255 * (1 - weight)).astype(np.float32))
    found = without_surroundings(Picture(planes=(flat, flat, flat), alpha=opacity))
    assert len({id(plane) for plane in found.planes}) == 1
    np.testing.assert_allclose(found.pixels, 100.5, atol=1e-3)
