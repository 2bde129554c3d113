"""What the page does with pictures: its numbers are those of Python and Pillow."""

import numpy as np
import pytest
from page_engine import call_engine
from page_planes import noise, pixels_of, planes
from PIL import Image

from ortstyle.objective.spatial_weights import weight_roots
from ortstyle.pictures.color import keep_colors, luminance
from ortstyle.pictures.grain import fine_power, without_grain
from ortstyle.pictures.picture import Picture, to_array, to_image
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.pictures.tint import tint
from ortstyle.run.flat_styles import tint_regions
from ortstyle.run.inputs import resized
from ortstyle.run.patterns import pattern_degree, with_pattern_limit
from ortstyle.settings.settings import Settings

pytestmark = pytest.mark.javascript

#: Sizes from which and to which pictures are resized: up, down, both, to and from one pixel.
RESIZED = [
    ((48, 32), (24, 16)),
    ((24, 16), (48, 32)),
    ((31, 47), (17, 53)),
    ((1, 1), (5, 3)),
    ((97, 61), (1, 1)),
    ((1, 40), (1, 13)),
    ((40, 1), (90, 1)),
    ((200, 3), (7, 2)),
    ((3, 211), (9, 211)),
    ((33, 33), (33, 5)),
    ((640, 7), (11, 70)),
]


def floats(size, *, seed=0):
    return np.random.default_rng([seed, *size]).uniform(-20, 280, (1, 3, size[1], size[0]))


def picture(pixels, *, whole=True):
    """Return a `Picture` of whole levels, or of floats."""
    if whole:
        return Picture(planes=(to_image(pixels),))
    return Picture(planes=tuple(Image.fromarray(plane) for plane in pixels[0]))


def in_two_passes(pixels, size):
    """Return whole levels resized along one axis and then the other, in Pillow 13's order."""
    image = to_image(pixels)
    fewer, narrower = image.height - size[1], image.width - size[0]
    rows_first = fewer > 0 and fewer > 2 * narrower
    between = (image.width, size[1]) if rows_first else (size[0], image.height)
    for each in (between, size):
        image = image.resize(each, Image.Resampling.BILINEAR)
    return to_array(image)


def call(folder, *calls):
    """Return the pixels that functions return for pictures, in order."""
    return [pixels_of(found) for found in call_engine(calls, folder)]


def test_whole_levels_are_resized_exactly_as_by_pillow(tmp_path):
    rng = np.random.default_rng(1)
    sizes = [*RESIZED, *(map(tuple, rng.integers(1, 90, (2, 2))) for _ in range(40))]
    sizes = [tuple(tuple(map(int, size)) for size in pair) for pair in sizes]
    sources = [noise(size, seed=i) for i, (size, _) in enumerate(sizes)]
    found = call(
        tmp_path,
        *(
            ("resize.js", "resizeBilinear", planes(source, whole=True), *wanted)
            for source, (_, wanted) in zip(sources, sizes, strict=True)
        ),
    )
    for source, pixels, (size, wanted) in zip(sources, found, sizes, strict=True):
        assert np.array_equal(pixels, in_two_passes(source, wanted)), (size, wanted)
        expected = picture(source).resize(wanted).pixels
        assert np.abs(pixels - expected).max() <= 1, (size, wanted)  # older Pillows' other order


def test_floats_are_resized_as_by_pillow(tmp_path):
    sources = [floats(size, seed=i).astype(np.float32) for i, (size, _) in enumerate(RESIZED)]
    calls = [
        ("resize.js", name, planes(source), *wanted)
        for name in ("resizeBilinear", "resizeBicubic")
        for source, (_, wanted) in zip(sources, RESIZED, strict=True)
    ]
    found = call(tmp_path, *calls)
    wanted = [wanted for _, wanted in RESIZED]
    expected = [
        picture(s, whole=False).resize(w).pixels for s, w in zip(sources, wanted, strict=True)
    ]
    expected += [resized(s, w) for s, w in zip(sources, wanted, strict=True)]
    for pixels, same, asked in zip(found, expected, calls, strict=True):
        assert pixels.shape == same.shape
        assert np.abs(pixels - same).max() < 1e-3, asked[1:]


def test_resizing_twice_rounds_to_whole_levels_in_between(tmp_path):
    source = noise((80, 60), smooth=True)
    whole, _ = call_engine(
        [
            ("resize.js", "resizeBilinear", planes(source, whole=True), 33, 21),
            ("resize.js", "resizeBilinear", planes(source), 33, 21),
        ],
        tmp_path,
    )
    assert whole["whole"]
    assert np.array_equal(whole["data"], np.rint(whole["data"]))


def test_pixels_of_a_file_are_resized_as_their_planes(tmp_path):
    cases = [((40, 31), (17, 50)), ((40, 31), (40, 31)), ((40, 31), (40, 3)), ((1, 1), (2, 2))]
    sources = [noise(size) for size, _ in cases]
    images = [
        {"width": size[0], "height": size[1], "data": rgba_of(source)}
        for source, (size, _) in zip(sources, cases, strict=True)
    ]
    found = call(
        tmp_path,
        *(("resize.js", "resizeRgba", i, *c[1]) for i, c in zip(images, cases, strict=True)),
    )
    for pixels, source, (_, wanted) in zip(found, sources, cases, strict=True):
        assert np.array_equal(pixels, in_two_passes(source, wanted))


def rgba_of(pixels):
    """Return whole levels as RGBA, transparent everywhere."""
    levels = pixels[0].transpose(1, 2, 0)
    return np.dstack([levels, np.zeros(levels.shape[:2])]).ravel()


def test_a_picture_of_the_wanted_size_is_left_alone(tmp_path):
    source = floats((9, 7)).astype(np.float32)
    calls = [
        ("resize.js", name, planes(source), 9, 7) for name in ("resizeBilinear", "resizeBicubic")
    ]
    assert all(np.array_equal(found, source) for found in call(tmp_path, *calls))


def test_sizes_are_those_of_the_command_line(tmp_path):
    rng = np.random.default_rng(2)
    cases = [((1, 5000), 64), ((5000, 3), 7), ((3, 3), 1), ((4032, 3024), 512)]
    cases += [
        (tuple(map(int, rng.integers(1, 6000, 2))), int(rng.integers(1, 1500))) for _ in range(300)
    ]
    found = call_engine([("planes.js", "scaledSize", *case) for case in cases], tmp_path)
    assert [tuple(size) for size in found] == [scaled_size(*case) for case in cases]


def test_a_side_of_nothing_is_refused(tmp_path):
    (error,) = call_engine([("planes.js", "scaledSize", (4, 4), 0)], tmp_path)
    assert "side 0 is too small" in str(error)


@pytest.mark.parametrize("whole", [True, False])
def test_a_picture_of_any_size_comes_whole_out_of_its_canvas(tmp_path, whole):
    rng = np.random.default_rng(3)
    sizes = [(1, 1), (1, 16), (16, 1), (3, 200), (64, 48), (17, 16)]
    sizes += [tuple(map(int, rng.integers(1, 80, 2))) for _ in range(20)]
    sources = [noise(size, seed=7) for size in sizes]
    canvases = [(-(-h // 16) * 16, -(-w // 16) * 16 + 16 * (w % 3)) for w, h in sizes]
    records = [planes(source, whole=whole) for source in sources]
    padded = call_engine(
        [("planes.js", "pad", r, c) for r, c in zip(records, canvases, strict=True)], tmp_path
    )
    cut = call_engine(
        [("planes.js", "crop", p, *size) for p, size in zip(padded, sizes, strict=True)], tmp_path
    )
    for source, canvas, whole_canvas, again in zip(sources, canvases, padded, cut, strict=True):
        assert (whole_canvas["height"], whole_canvas["width"]) == canvas
        assert bool(whole_canvas.get("whole")) is bool(again.get("whole")) is whole
        assert np.array_equal(pixels_of(again), source)
        assert np.array_equal(pixels_of(whole_canvas), mirrored(source, canvas))


def mirrored(pixels, canvas):
    """Return pixels in a canvas (H, W), mirrored once and then continued."""
    height, width = pixels.shape[2:]
    once = [min(height, canvas[0] - height), min(width, canvas[1] - width)]
    found = np.pad(pixels, [(0, 0), (0, 0), *((0, n) for n in once)], mode="symmetric")
    rest = [(0, n - have) for n, have in zip(canvas, found.shape[2:], strict=True)]
    return np.pad(found, [(0, 0), (0, 0), *rest], mode="edge")


def test_what_does_not_fit_is_refused(tmp_path):
    record = planes(noise((9, 7)))
    errors = call_engine(
        [
            ("planes.js", "pad", record, (7, 8)),
            ("planes.js", "pad", record, (6, 9)),
            ("planes.js", "crop", record, 10, 7),
            ("planes.js", "crop", record, 9, 0),
            ("resize.js", "resizeBilinear", record, 0, 5),
            ("colors.js", "keepColors", record, planes(noise((7, 9)))),
            ("spatial-weights.js", "weightRoots", 17, 16, (16, 16), (8, 8)),
        ],
        tmp_path,
    )
    assert all(isinstance(error, RuntimeError) for error in errors)
    assert "9×7 does not fit into 8×7" in str(errors[0])


def test_levels_are_rounded_as_files_are_written(tmp_path):
    source = floats((23, 9)).astype(np.float32)
    source[0, 0, 0, :6] = 0.5, 1.5, 2.5, 254.5, -0.5, 300
    (rgba,) = call_engine([("planes.js", "toRgba", planes(source))], tmp_path)
    found = rgba.reshape(9, 23, 4)
    assert np.array_equal(found[..., :3], np.asarray(to_image(source)))
    assert (found[..., 3] == 255).all()
    image = {"width": 23, "height": 9, "data": rgba}
    (again,) = call(tmp_path, ("planes.js", "fromRgba", image))
    assert np.array_equal(again[0].transpose(1, 2, 0), found[..., :3])


@pytest.mark.parametrize("smooth", [True, False])
def test_luminance_is_that_of_python(tmp_path, smooth):
    source, like = noise((61, 40), smooth=smooth), noise((30, 44), seed=4, smooth=True)
    flat = np.full((1, 3, 5, 5), 77, np.float32)
    found = call(
        tmp_path,
        ("colors.js", "luminance", planes(source)),
        ("colors.js", "luminance", planes(source), planes(like)),
        ("colors.js", "luminance", planes(flat), planes(like)),
    )
    expected = [luminance(source), luminance(source, like=like), luminance(flat, like=like)]
    for pixels, same in zip(found, expected, strict=True):
        assert np.abs(pixels - same).max() < 2e-3


def test_chroma_is_kept_as_by_python(tmp_path):
    painted, content = floats((37, 29)).astype(np.float32), noise((37, 29), smooth=True)
    (found,) = call(tmp_path, ("colors.js", "keepColors", planes(painted), planes(content)))
    assert np.abs(found - keep_colors(painted, content)).max() < 1e-3


def test_a_tint_is_that_of_python(tmp_path):
    sizes = [(90, 60), (300, 500), (13, 7), (40, 1)]
    papers = [(250, 248, 240), (4, 5, 9), (128, 100, 90)]
    cases = [(noise(size, smooth=True), paper) for size in sizes for paper in papers]
    found = call(tmp_path, *(("tint.js", "tint", planes(s), paper, 0.8) for s, paper in cases))
    for pixels, (source, paper) in zip(found, cases, strict=True):
        # a step of the bisection, 1/4096 of the contrast, may fall to the other side
        expected = tint(source, np.array(paper, float), 0.8)
        assert np.abs(pixels - expected).max() < 0.1, (source.shape, paper)


@pytest.mark.parametrize("spread", [0, 3, 12, 60])
def test_a_flat_style_tints_the_content_as_in_python(tmp_path, spread):
    content, floor = noise((70, 50), smooth=True), 0.1
    style = 230 + spread * (noise((40, 44), smooth=True) - 128) / 128
    style = np.rint(style.clip(0, 255)).astype(np.float32)
    given = planes(content, whole=True), planes(style, whole=True), floor
    (record, flat) = call_engine(
        [("tint.js", "tintFlat", *given), ("tint.js", "flatness", *given)], tmp_path
    )
    expected, _ = tint_regions(
        picture(content),
        [picture(style)],
        shares=[1.0],
        region_of=[0],
        regions=[None],
        floor=floor,
        colors="style",
    )
    assert (expected is None) is (flat == 0) is bool(record.get("whole")) is (spread == 60)
    assert np.abs(pixels_of(record) - (content if expected is None else expected)).max() < 0.1


def test_without_a_floor_or_contrast_nothing_is_tinted(tmp_path):
    content, flat = noise((12, 9)), np.full((1, 3, 9, 12), 90, np.float32)
    found = call(
        tmp_path,
        ("tint.js", "tintFlat", planes(content), planes(flat), 0),
        ("tint.js", "tintFlat", planes(flat), planes(flat), 0.1),
    )
    assert np.array_equal(found[0], content)
    assert np.array_equal(found[1], flat)


def test_grain_is_measured_as_by_python(tmp_path):
    sizes = [(200, 150), (64, 64), (97, 63), (41, 300), (5, 9), (1, 1)]
    lumas = [noise(size)[0, 1] for size in sizes]
    shares = call_engine(
        [("grain.js", "finePower", x.ravel(), *s) for x, s in zip(lumas, sizes, strict=True)],
        tmp_path,
    )
    expected = [fine_power(luma, most=16) for luma in lumas]
    assert shares == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_grain_is_removed_as_by_python(tmp_path):
    sizes = [(200, 150), (97, 63), (5, 9), (1, 1)]
    cases = [(noise(size), 0.05) for size in sizes]
    cases += [(noise(size, smooth=True), limit) for size in sizes for limit in (0.01, 0.9)]
    found = call(tmp_path, *(("grain.js", "withoutGrain", planes(x), limit) for x, limit in cases))
    for pixels, (source, limit) in zip(found, cases, strict=True):
        expected = without_grain(source, limit)
        assert np.abs(pixels - expected).max() < 2e-3, (source.shape, limit)
    assert not np.array_equal(found[0], cases[0][0])  # something was removed


def test_grain_of_a_large_picture_is_estimated_from_the_same_patches(tmp_path):
    luma = noise((1300, 1100), smooth=True)[0, 1]
    luma[:, 700:] += np.random.default_rng(5).normal(scale=9, size=(1100, 600))
    (share,) = call_engine([("grain.js", "finePower", luma.ravel(), 1300, 1100)], tmp_path)
    assert share == pytest.approx(fine_power(luma, most=16), rel=1e-4)


def test_patterns_are_found_and_raise_the_limit_as_by_python(tmp_path):
    y, x = np.mgrid[:240, :320]
    check = np.where((x // 8 + y // 8) % 2, 200.0, 60.0).astype(np.float32)
    cases = [np.stack([check + k * (x / 160 - 1) + c for c in range(3)])[None] for k in (0, 45, 90)]
    cases += [cases[0][..., :100, :90], cases[0][..., :5, :3], noise((300, 200)), cases[0] * 0.2]
    cases = [case.astype(np.float32) for case in cases]
    found = call_engine(
        [("patterns.js", "patternDegree", planes(case)) for case in cases], tmp_path
    )
    expected = [
        pattern_degree(Picture(planes=tuple(Image.fromarray(plane) for plane in case[0])))
        for case in cases
    ]
    assert found == pytest.approx(expected, abs=1e-3)
    assert 1 in expected
    assert 0 in expected
    limits = [(0.25, 0.4), (0.0, 0.4), (0.23, 0.4), (0.5, 0.4), (0.25, 0.0)]
    calls = [(*limit, degree) for limit in limits for degree in (0, 0.1, 0.4, 0.8, 1)]
    names = ("content_limit", "pattern_limit")
    found = call_engine(
        [
            ("patterns.js", "patternLimit", dict(zip(names, limit, strict=True)), degree)
            for *limit, degree in calls
        ],
        tmp_path,
    )
    assert found == [
        with_pattern_limit(Settings(content_limit=one, pattern_limit=most), degree).content_limit
        for one, most, degree in calls
    ]


def test_weights_of_a_layer_are_those_of_the_mask_of_the_picture(tmp_path):
    cases = [
        (size, canvas, tuple(-(-side // stride) for side in canvas))
        for size, canvas in [
            ((64, 48), (48, 64)),
            ((61, 40), (48, 64)),
            ((1, 1), (16, 16)),
            ((17, 100), (112, 32)),
            ((128, 25), (32, 128)),
        ]
        for stride in (1, 2, 4, 8, 16)
    ]
    found = call_engine(
        [("spatial-weights.js", "weightRoots", *size, *rest) for size, *rest in cases], tmp_path
    )
    for roots, (size, canvas, layer) in zip(found, cases, strict=True):
        mask = np.zeros(canvas, np.float32)
        mask[: size[1], : size[0]] = 1
        assert np.allclose(roots.reshape(layer), weight_roots(mask, layer), atol=1e-6), layer
        assert (roots**2).sum() == pytest.approx(1, abs=1e-5)
