"""Masks: brightness times opacity, and what is said of those that are stretched, empty or fine."""

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.read import read_picture
from ortstyle.run.inputs import Inputs
from ortstyle.run.masks import divide_regions, mask_weights, read_mask
from ortstyle.settings.settings import Settings


def picture(size=(48, 36), label="content photo.jpg"):
    return read_picture(Image.new("RGB", size), name=label)


def read(source, *, size=(48, 36), original=None):
    of = picture(size)
    return read_mask(source, "content mask", of=of, original=original or size, max_pixels=1_000_000)


def halves(mode, white, black, size=(48, 36)):
    """Make a mask whose left half has one value and whose right half another."""
    image = Image.new(mode, size, black)
    image.paste(white, (0, 0, size[0] // 2, size[1]))
    return image


def grey_palette(transparent):
    image = halves("P", 1, transparent)
    image.putpalette([255] * 9)
    image.info["transparency"] = transparent
    return image


@pytest.mark.parametrize(
    "mask",
    [
        halves("L", 255, 0),
        halves("1", 1, 0),
        halves("RGBA", (255, 255, 255, 255), (0, 0, 0, 0)),
        halves("RGBA", (255, 255, 255, 255), (255, 255, 255, 0)),
        halves("LA", (255, 255), (255, 0)),
        grey_palette(2),
        halves("I;16", 65535, 0),
    ],
    ids=["grey", "bits", "clear black", "clear white", "grey with alpha", "palette", "16 bits"],
)
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_what_is_transparent_is_black(tmp_path, mask, suffix):
    if mask.mode == "P" and suffix == "tif":  # which has no transparent colour
        mask = mask.convert("RGBA")
    mask.save(tmp_path / f"m.{suffix}")
    found = read(tmp_path / f"m.{suffix}")
    np.testing.assert_allclose(found.image, halves("L", 255, 0), atol=0.01)
    assert found.notices == ()


def test_half_transparent_grey_is_brightness_times_opacity():
    found = read(Image.new("LA", (48, 36), (200, 64)))
    np.testing.assert_allclose(found.image, 200 * 64 / 255, atol=1)
    levels = np.full((36, 48, 4), [30000, 30000, 30000, 40000], np.uint16)
    np.testing.assert_allclose(read(levels).image, 30000 / 257 * 40000 / 65535, atol=0.6)


def test_a_mask_of_sixteen_bits_keeps_its_steps():
    levels = np.linspace(20000, 20512, 48).astype(np.uint16)[None].repeat(36, 0)
    assert len(np.unique(read(levels).image)) > 20


@pytest.mark.parametrize(
    ("size", "original", "stretched"),
    [
        ((48, 36), (4800, 3600), False),
        ((33, 25), (4000, 3000), False),  # 33.3 pixels
        ((8000, 5333), (600, 400), False),
        ((1000, 667), (6000, 4000), False),
        ((36, 48), (48, 36), True),
        ((48, 35), (4800, 3600), False),
        ((48, 34), (4800, 3600), True),
        ((400, 400), (400, 300), True),
    ],
)
def test_a_mask_of_another_shape_is_said(size, original, stretched):
    mask = Image.new("L", size, 255)
    found = read_mask(
        mask, "style mask a.png", of=picture(), original=original, max_pixels=99_999_999
    )
    words = (
        f"style mask a.png is {size[0]}×{size[1]} and content photo.jpg {original[0]}×"
        f"{original[1]}: the mask is stretched; give one of the same shape"
    )
    assert found.notices == ((words,) if stretched else ())


def dots(size, every, white=255):
    mask = Image.new("L", size)
    for x in range(every // 2, size[0], every):
        for y in range(every // 2, size[1], every):
            mask.putpixel((x, y), white)
    return mask


@pytest.mark.parametrize("white", [255, 90])
def test_white_that_is_finer_than_a_pixel_is_said(white):
    found = read(dots((240, 180), 20, white))
    (notice,) = found.notices
    assert notice == (
        "content mask: most of its white is finer than a pixel at 48×36 and has little effect; "
        "paint larger areas, or give a larger --size"
    )
    assert read(dots((48, 36), 4)).notices == ()


def test_white_of_which_nothing_is_left_is_refused():
    mask = Image.new("L", (1000, 1000))
    mask.putpixel((500, 500), 255)
    with pytest.raises(PictureError) as caught:
        read(mask, size=(4, 4))
    assert str(caught.value) == (
        "content mask: nothing of its white is left at 4×4 pixels; paint larger areas, or give a "
        "larger --size"
    )


@pytest.mark.parametrize("black", [(0, 0, 0, 255), (255, 255, 255, 0)])
def test_a_black_mask_is_named(tmp_path, black):
    Image.new("RGBA", (48, 36), black).save(tmp_path / "night.png")
    with pytest.raises(PictureError, match=r"^content mask \S*night\.png is black everywhere"):
        read(tmp_path / "night.png")


def test_sixteen_bits_that_hold_eight_are_named():
    with pytest.raises(PictureError) as caught:
        read(np.linspace(0, 255, 36 * 48).astype(np.uint16).reshape(36, 48))
    assert str(caught.value) == (
        "content mask is almost black: its brightest value is 255 of 65535; save it with 8 bits, "
        "or paint white where it should count"
    )
    with pytest.raises(PictureError, match="is black everywhere"):
        read(np.zeros((36, 48), np.uint16))


def palette_of_greys(levels):
    image = Image.fromarray(levels).convert("P")
    image.putpalette([level for level in range(256) for _ in range(3)])
    return image


LABELS = np.asarray(halves("L", 1, 0))


@pytest.mark.parametrize(
    "source",
    [LABELS, palette_of_greys(LABELS), LABELS.astype(np.uint16), np.dstack([LABELS] * 3)],
    ids=["grey", "palette", "16 bits", "colour"],
)
def test_labels_of_0_and_1_are_black_and_white(tmp_path, source):
    found = read(source)
    np.testing.assert_array_equal(found.image, halves("L", 255, 0))
    assert found.notices == ("content mask holds only 0 and 1; 1 counts as white",)
    image = source if isinstance(source, Image.Image) else Image.fromarray(source)
    image.save(tmp_path / "m.png")
    np.testing.assert_array_equal(read(tmp_path / "m.png").image, halves("L", 255, 0))


def test_arrays_of_bool_are_masks():
    found = read(LABELS == 1)
    np.testing.assert_array_equal(found.image, halves("L", 255, 0))
    assert found.notices == ()


def test_a_mask_that_is_nearly_black_is_said():
    (notice,) = read(Image.new("L", (48, 36), 3)).notices
    assert notice.startswith("content mask is almost black: its brightest pixel is 3 of 255")


def test_no_mask():
    assert read(None) is None
    assert divide_regions([None, None], [picture(), picture()]) == ([None], [0, 0])
    assert mask_weights(None, (4, 4)) is None


def test_masks_that_leave_no_room_are_named():
    left, right = read(halves("L", 255, 0)), read(halves("L", 0, 255))
    styles = [picture(label=f"style {name}.jpg") for name in "abc"]
    with pytest.raises(PictureError) as caught:
        divide_regions([left, right, None], styles)
    assert str(caught.value) == (
        "content mask and content mask together are white and leave no room for style "
        "c.jpg, which has no mask; paint black where it should go"
    )
    with pytest.raises(PictureError, match="content mask is white everywhere and leaves no room"):
        divide_regions([read(Image.new("RGB", (9, 9), "white")), None], styles[:2])


def test_weights_are_reduced_by_area():
    weights = mask_weights(read(halves("L", 255, 0)).image, (3, 2))
    np.testing.assert_allclose(weights, [[1, 0.5, 0]] * 2, atol=0.01)


def test_a_run_is_told_of_every_mask(tmp_path, photo, painting):
    Image.new("L", (50, 10), 255).save(tmp_path / "sky.png")
    Image.new("L", (10, 50), 255).save(tmp_path / "brush.png")
    settings = Settings(
        size=32,
        content_mask=(str(tmp_path / "sky.png"),),
        style_mask=(str(tmp_path / "brush.png"),),
    )
    first, second = Inputs.read(photo, [painting], settings).notices
    assert "sky.png is 50×10 and content 48×36: the mask is stretched" in first
    assert "brush.png is 10×50 and style 40×40: the mask is stretched" in second
