"""The palette of a GIF."""

import numpy as np

from ortstyle.video.media.palette import PaletteMapper, bayer, make_palette


def ramp(size=64):
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    return np.stack([x * 4, y * 4, 255 - x * 2 - y * 2], -1).astype(np.uint8)


def test_thresholds_are_all_different_and_balanced():
    assert (np.sort(bayer(2).ravel()) == [-0.375, -0.125, 0.125, 0.375]).all()
    matrix = bayer(8)
    assert len(np.unique(matrix)) == 64
    assert abs(matrix.mean()) < 1e-6
    for corner in (matrix[:4, :4], matrix[4:, :4]):  # each part is balanced as well
        assert abs(corner.mean()) < 0.04


def test_few_colours_are_kept_exactly():
    colors = np.array([[0, 0, 0], [255, 0, 0], [10, 200, 30], [255, 255, 255]], np.uint8)
    frames = [np.tile(colors[[0, 1]], (8, 4, 1)), np.tile(colors[[2, 3]], (8, 4, 1))]
    palette = make_palette(frames, 2)
    assert palette.shape == (256, 3)
    assert {tuple(c) for c in colors.tolist()} <= {tuple(c) for c in palette.tolist()}
    mapper = PaletteMapper(palette, (8, 8))
    for frame in frames:
        assert (palette[mapper.indices(frame)] == frame).all()


def test_mean_colours_are_those_of_the_film():
    pixels = ramp()
    palette = make_palette([pixels], 1)
    found = palette[PaletteMapper(palette, (64, 64)).indices(pixels)].astype(float)
    error = (found - pixels).reshape(8, 8, 8, 8, 3).mean(axis=(1, 3))
    assert np.abs(error).max() < 6
    assert np.abs(found - pixels).mean() < 10


def test_what_stands_still_has_the_same_colours_in_each_frame():
    still, moved = ramp(), ramp()
    moved[:, :32] = 255 - moved[:, :32]
    palette = make_palette([still, moved], 2)
    mapper = PaletteMapper(palette, (64, 64))
    assert (mapper.indices(still)[:, 32:] == mapper.indices(moved)[:, 32:]).all()


def test_one_colour_is_no_special_case():
    pixels = np.full((4, 4, 3), 77, np.uint8)
    palette = make_palette([pixels], 1)
    assert (palette[PaletteMapper(palette, (4, 4)).indices(pixels)] == 77).all()
