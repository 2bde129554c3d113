"""The neutral numbers of pictures whose faults are known."""

import io

import numpy as np
import pytest
from PIL import Image

from ortstyle.packaged import packaged_path

measures = pytest.importorskip("measures", reason="the benchmarks are not here")

SIDE = 256


def noise(deviation, levels, *, seed=0, side=SIDE):
    """Return isotropic noise (side, side) about 128, blurred by a Gaussian of `deviation`."""
    values = np.random.default_rng(seed).normal(size=(side + 160, side + 160))
    values = (
        measures.blurred(values, deviation)[80:-80, 80:-80] if deviation else values[:side, :side]
    )
    return 128 + values * levels / values.std()


def grey(luminance):
    return np.repeat(np.asarray(luminance)[..., None], 3, -1)


def alignment(luminance):
    return float(np.mean(measures.axis_alignment(grey(luminance))))


def smoothed(values, weight, *, isotropic, steps=100):
    """Return values that minimise ½‖u − values‖² + weight · total variation (Chambolle 2004)."""
    right, down, u = np.zeros_like(values), np.zeros_like(values), values
    for _ in range(steps):
        right[:, :-1] += np.diff(u, axis=1) / (8 * weight)
        down[:-1] += np.diff(u, axis=0) / (8 * weight)
        if isotropic:
            norm = np.maximum(1, np.hypot(right, down))
            right, down = right / norm, down / norm
        else:
            right, down = np.clip(right, -1, 1), np.clip(down, -1, 1)
        spread = np.diff(right, axis=1, prepend=0) + np.diff(down, axis=0, prepend=0)
        u = values + weight * spread
    return u


def squares(luminance, side, levels):
    """Add 64 squares, far apart, to luminance."""
    changed = luminance.copy()
    for top in range(20, 244, 28):
        for left in range(20, 244, 28):
            changed[top : top + side, left : left + side] += levels
    return changed


def per_megapixel(count):
    return pytest.approx(count / SIDE**2 * 1e6, rel=0.05)


@pytest.mark.parametrize("side", [1, 2, 3])
@pytest.mark.parametrize("grain", [0.0, 3.0])
def test_specks_are_counted(side, grain):
    smooth = noise(16, 15) + noise(0, grain, seed=1) - 128
    bright, dark = measures.specks(squares(smooth, side, 40))
    assert (bright, dark) == (per_megapixel(64), 0)
    bright, dark = measures.specks(squares(smooth, side, -40))
    assert (bright, dark) == (0, per_megapixel(64))


def test_large_spots_edges_and_noise_are_no_specks():
    smooth = noise(16, 15)
    assert measures.specks(smooth) == (0, 0)
    assert measures.specks(squares(smooth, 5, 60)) == (0, 0)
    edge = smooth + 80 * (np.arange(SIDE) > 100)
    assert measures.specks(edge) == (0, 0)
    line = smooth.copy()
    line[:, 100] += 80
    assert measures.specks(line) == (0, 0)
    assert max(measures.specks(noise(0, 30))) < 300
    assert max(measures.specks(squares(noise(0, 30), 1, 40))) < 400


def test_components_are_those_of_a_flood_fill():
    mask = np.random.default_rng(0).random((40, 50)) < 0.35
    left, sizes = {tuple(at) for at in np.argwhere(mask)}, []
    while left:
        edge, size = [left.pop()], 0
        while edge:
            row, column = edge.pop()
            size += 1
            around = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= around
            edge += around
        sizes.append(size)
    assert sorted(measures.component_sizes(mask)) == sorted(sizes)
    assert len(measures.component_sizes(np.zeros((5, 5), bool))) == 0


@pytest.mark.parametrize("deviation", [0, 1, 3, 8])
@pytest.mark.parametrize("rounded", [False, True])
def test_isotropic_noise_is_not_aligned(deviation, rounded):
    luminance = noise(deviation, 40, side=512)
    assert alignment(np.rint(luminance) if rounded else luminance) == pytest.approx(1, abs=0.08)


def test_anisotropic_total_variation_aligns_edges_and_isotropic_does_not():
    slope = np.add.outer(0.6 * np.arange(SIDE), np.arange(SIDE)) * 0.3
    grainy = slope + noise(0, 20) - 128
    assert alignment(smoothed(grainy, 8, isotropic=False)) > 1.4
    assert alignment(smoothed(grainy, 8, isotropic=True)) == pytest.approx(1, abs=0.1)


def test_blocks_are_aligned_until_they_are_turned():
    blocks = np.kron(noise(0, 20, side=32), np.ones((8, 8)))
    assert alignment(blocks) > 3
    image = Image.fromarray(blocks.astype(np.float32))
    for degrees in (45, 30):
        turned = np.asarray(image.rotate(degrees, Image.Resampling.BICUBIC))[60:-60, 60:-60]
        assert alignment(turned) < 0.5


def test_blocks_of_jpeg_are_aligned():
    data = io.BytesIO()
    Image.fromarray(np.clip(noise(8, 30), 0, 255).astype(np.uint8)).save(data, "JPEG", quality=10)
    horizontal, vertical = measures.axis_alignment(grey(np.asarray(Image.open(data))))
    assert horizontal > 1.5
    assert vertical > 1.5


def test_stripes_tell_horizontal_from_vertical_edges():
    wave = 128 + np.tile(40 * np.sin(np.arange(SIDE) / 3), (SIDE, 1))
    assert measures.axis_alignment(grey(wave)) == (0, 9)
    assert measures.axis_alignment(grey(wave.T)) == (9, 0)


def test_edges_of_color_count():
    """Blocks of one luminance are blocks."""
    wave = 40 * np.sin(np.arange(SIDE) / 3)
    red, green, blue = 128 + wave, 128 - wave * 0.2126 / 0.7152, 128 + 0 * wave
    picture = np.tile(np.stack([red, green, blue], -1), (SIDE, 1, 1))
    assert np.ptp(measures.luminance(picture)) < 1e-9
    assert measures.axis_alignment(picture) == (0, 9)


def test_a_flat_picture_has_no_alignment():
    assert np.isnan(measures.axis_alignment(np.full((64, 64, 3), 255))).all()


def test_edge_correlation():
    picture = noise(3, 40)
    same = pytest.approx(1)
    assert measures.edge_correlation(picture, picture) == same
    assert measures.edge_correlation(picture * 0.3 + 20, picture) == same
    assert measures.edge_correlation(-picture, picture) == same
    assert abs(measures.edge_correlation(picture, noise(3, 40, seed=1))) < 0.1
    assert measures.edge_correlation(np.full_like(picture, 9), picture) == 0
    half = picture + noise(3, 40, seed=1)
    assert 0.3 < measures.edge_correlation(half, picture) < 0.9


def test_edge_correlation_does_not_depend_on_size():
    small = [noise(3, 40), noise(3, 40) + noise(3, 40, seed=1)]
    large = [np.kron(picture, np.ones((4, 4))) for picture in small]
    assert measures.edge_correlation(*large) == pytest.approx(measures.edge_correlation(*small))


def test_color_distance():
    one, other = np.zeros((4, 4, 3)), np.zeros((8, 2, 3))
    other[..., 1] = 7
    other[::2, :, 2] = 20
    assert measures.color_distance(one, other) == 10
    assert measures.color_distance(other, other) == 0


def test_style_distances():
    pytest.importorskip("onnxruntime")
    faults = pytest.importorskip("faults")
    meter = faults.StyleMeter("cpu", 64)
    painting, photo = (packaged_path("examples", f"{name}.jpg") for name in ("painting", "photo"))
    opened = [faults.resized(faults.read_rgb(path), 64) for path in (painting, photo)]
    assert meter.distances(opened[0], painting) == [0] * len(faults.LAYERS)
    assert min(meter.distances(opened[1], painting)) > 0.1
    mirrored = opened[0].transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    apart = meter.distances(mirrored, painting), meter.distances(opened[1], painting)
    assert (np.array(apart[0]) < np.array(apart[1])).all()
