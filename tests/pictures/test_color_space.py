"""The colour space that a file declares, in the order of the standards."""

import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from profiles import (
    ADOBE_RGB,
    ADOBE_SPACE,
    DISPLAY_P3,
    GREY,
    P3_SPACE,
    SRGB_SPACE,
    chrm,
    heif_file,
    nclx,
    png_file,
    srgb_of,
)

from ortstyle.pictures import icc
from ortstyle.pictures.color_space import (
    ColorSpace,
    adobe_rgb_profile,
    declared_color_space,
)
from ortstyle.pictures.read import read_picture

COLOUR, GREY_LEVELS = np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3), np.uint8)
NOTHING = ColorSpace()
ICCP = (b"iCCP", b"x\0\0" + zlib.compress(ADOBE_RGB))
SRGB = (b"sRGB", b"\0")
P3_CHRM = (b"cHRM", chrm(P3_SPACE))


def cicp(*points):
    return (b"cICP", bytes(points))


def gamma(value):
    return (b"gAMA", struct.pack(">I", value))


def of_png(*chunks, levels=COLOUR):
    with Image.open(BytesIO(png_file(levels, *chunks))) as image:
        position = image.fp.tell()
        found = declared_color_space(image)
        assert image.fp.tell() == position
        image.load()
    return found


def srgb_by(profile, encoded):
    """Return the sRGB levels of ``(N, 3)`` encoded values, 0–1, by a profile."""
    pixels = np.asarray(encoded, np.float32).T[:, None] * 255
    return icc.read_profile(profile).to_srgb(pixels)[:, 0].T


def exif(space, index=None):
    made = Image.Exif()
    made[0x10F] = "Camera"
    made[0x8769] = {0xA001: space} | ({0xA005: {1: index}} if index else {})
    return made


ENCODED = np.random.default_rng(0).uniform(0.02, 1, (50, 3))


def test_png_without_a_declaration_is_srgb():
    for chunks in ((), (SRGB,), (SRGB, gamma(100_000), P3_CHRM), (gamma(45_455),)):
        assert of_png(*chunks) == NOTHING
    assert of_png(gamma(45_455), (b"cHRM", chrm(SRGB_SPACE))) == NOTHING
    assert of_png(cicp(1, 13, 0, 1), ICCP) == NOTHING


def test_in_png_code_points_come_before_a_profile_and_that_before_the_rest():
    assert of_png(ICCP, SRGB, gamma(100_000)).profile == ADOBE_RGB
    found = of_png(cicp(12, 13, 0, 1), ICCP, SRGB)
    assert found.notice == ""
    np.testing.assert_allclose(
        srgb_by(found.profile, ENCODED), srgb_by(DISPLAY_P3, ENCODED), atol=0.6
    )
    assert of_png(cicp(2, 2, 0, 1), ICCP).profile == ADOBE_RGB  # nothing is specified


@pytest.mark.parametrize("value", [100_000, 55_556, 45_455])
@pytest.mark.parametrize("space", [None, SRGB_SPACE, P3_SPACE])
def test_gamma_and_chromaticities(value, space):
    chunks = [gamma(value)] + ([(b"cHRM", chrm(space))] if space else [])
    found = of_png(*chunks)
    if value == 45_455 and space is not P3_SPACE:
        assert found == NOTHING
        return
    expected = srgb_of(space or SRGB_SPACE, ENCODED ** (100_000 / value))
    np.testing.assert_allclose(srgb_by(found.profile, ENCODED), expected, atol=0.6)


def test_chromaticities_alone_have_the_curve_of_srgb():
    np.testing.assert_allclose(
        srgb_by(of_png(P3_CHRM).profile, ENCODED), srgb_by(DISPLAY_P3, ENCODED), atol=0.6
    )


def test_grey_has_a_grey_profile():
    for chunks in ((gamma(100_000),), (gamma(100_000), P3_CHRM), (cicp(12, 8, 0, 1),)):
        found = of_png(*chunks, levels=GREY_LEVELS).profile
        assert icc.pixel_mode(found) == "L"
        np.testing.assert_allclose(
            srgb_by(found, [[0.5, 0.5, 0.5]]), srgb_of(SRGB_SPACE, np.full((1, 3), 0.5)), atol=0.1
        )
    assert of_png(gamma(45_455), levels=GREY_LEVELS) == NOTHING


@pytest.mark.parametrize(
    ("chunks", "words"),
    [
        ((cicp(99, 13, 0, 1),), "code points 99 and 13, which have no meaning"),
        ((cicp(12, 13, 1, 1),), r"cICP chunk \(12, 13, 1, 1\) is not one of RGB"),
        ((gamma(0),), "gamma 0 is impossible"),
        ((gamma(2**31),), "gamma 21474.8 is impossible"),
        (((b"cHRM", bytes(32)),), "chromaticities are impossible"),
        (((b"cHRM", b"\xff" * 32),), "chromaticities are impossible"),
        (((b"iCCP", b"x\0\0" + zlib.compress(b"nonsense" * 20)),), "profile is damaged"),
        (((b"iCCP", b"x\0\0" + zlib.compress(DISPLAY_P3.replace(b"RGB ", b"Lab "))),), "Lab"),
    ],
)
def test_a_declaration_without_a_meaning_is_told_and_the_next_one_taken(chunks, words):
    found = of_png(*chunks)
    assert found.profile == b""
    assert found.notice.count("ignored") + found.notice.count("taken as sRGB") == 1
    assert re.search(words, found.notice)
    if chunks[0][0] == b"cICP":
        assert of_png(*chunks, ICCP) == ColorSpace(ADOBE_RGB, found.notice)
    if chunks[0][0] == b"cHRM":
        linear = of_png(*chunks, gamma(100_000))
        assert linear.notice == found.notice
        np.testing.assert_allclose(
            srgb_by(linear.profile, ENCODED), srgb_of(SRGB_SPACE, ENCODED), atol=0.6
        )


def test_an_image_whose_file_is_closed_keeps_what_pillow_does():
    with Image.open(BytesIO(png_file(COLOUR, gamma(100_000), P3_CHRM))) as image:
        before = declared_color_space(image)
        image.load()
    assert before.profile
    assert declared_color_space(image) == before
    assert declared_color_space(Image.new("RGB", (2, 2))) == NOTHING


@pytest.mark.parametrize(
    ("properties", "profile"),
    [
        ([nclx(12, 13)], DISPLAY_P3),
        ([nclx(1, 13)], None),
        ([nclx(2, 2)], None),
        (
            [
                struct.pack(">I4s4s", 12 + len(ADOBE_RGB), b"colr", b"prof") + ADOBE_RGB,
                nclx(12, 13),
            ],
            ADOBE_RGB,
        ),
    ],
)
def test_boxes(properties, profile):
    """An image stands for what Pillow reads beside the boxes."""
    found = declared_color_space(Image.new("RGB", (2, 2)), BytesIO(heif_file(*properties)))
    assert found.notice == ""
    if profile is None:
        assert found.profile == b""
    else:
        np.testing.assert_allclose(
            srgb_by(found.profile, ENCODED), srgb_by(profile, ENCODED), atol=0.6
        )


@pytest.mark.parametrize("suffix", ["jpg", "webp", "tif", "png"])
@pytest.mark.parametrize(
    ("space", "index", "adobe"),
    [
        (0xFFFF, "R03", True),
        (2, None, True),
        (1, "R03", False),
        (0xFFFF, "R98", False),
        (0xFFFF, None, False),
        (1, None, False),
    ],
)
def test_exif(tmp_path, suffix, space, index, adobe):
    if suffix == "tif" and index:
        pytest.skip("Pillow writes no InteropIndex into TIFF")
    path = tmp_path / f"a.{suffix}"
    image = Image.new("RGB", (16, 16), "red")
    image.save(path, exif=exif(space, index).tobytes())
    with Image.open(path) as opened:
        found = declared_color_space(opened)
    assert found == (ColorSpace(adobe_rgb_profile()) if adobe else NOTHING)
    image.save(path, exif=exif(space, index).tobytes(), icc_profile=DISPLAY_P3)
    with Image.open(path) as opened:
        assert declared_color_space(opened).profile == DISPLAY_P3


def test_adobe_rgb_is_that_of_its_chromaticities():
    expected = srgb_of(ADOBE_SPACE, ENCODED**2.19921875)
    np.testing.assert_allclose(srgb_by(adobe_rgb_profile(), ENCODED), expected, atol=0.6)


def save_tiff(path, image, **tags):
    numbers = {"transfer": 301, "white": 318, "primaries": 319}
    image.save(path, tiffinfo={numbers[name]: value for name, value in tags.items()})


def test_tiff_by_its_tags(tmp_path):
    path, image = tmp_path / "a.tif", Image.new("RGB", (4, 4))
    corners = tuple(v for point in P3_SPACE[1:] for v in point)
    save_tiff(path, image, white=P3_SPACE[0], primaries=corners)
    with Image.open(path) as opened:
        found = declared_color_space(opened).profile
    np.testing.assert_allclose(srgb_by(found, ENCODED), srgb_by(DISPLAY_P3, ENCODED), atol=0.6)
    table = tuple(int(v) for v in np.rint(np.linspace(0, 1, 256) ** 1.5 * 65535))
    for repeat in (1, 3):
        save_tiff(path, image, transfer=table * repeat)
        with Image.open(path) as opened:
            found = declared_color_space(opened).profile
        expected = srgb_of(SRGB_SPACE, ENCODED**1.5)
        np.testing.assert_allclose(srgb_by(found, ENCODED), expected, atol=0.6)
    save_tiff(path, Image.new("L", (4, 4)), transfer=table)
    with Image.open(path) as opened:
        assert icc.pixel_mode(declared_color_space(opened).profile) == "L"
    srgb = tuple(v for point in SRGB_SPACE[1:] for v in point)
    save_tiff(path, image, white=SRGB_SPACE[0], primaries=srgb)
    with Image.open(path) as opened:
        assert declared_color_space(opened) == NOTHING
    save_tiff(path, image, white=(0.0, 0.0), primaries=srgb)
    with Image.open(path) as opened:
        assert "impossible" in declared_color_space(opened).notice


@pytest.mark.parametrize(
    "table", [(65280,) * 256, (0,) * 256, tuple(range(255, -1, -1)), (*range(255), 3)]
)
def test_a_transfer_function_that_does_not_rise_is_damaged(tmp_path, table):
    path = tmp_path / "a.tif"
    save_tiff(path, Image.new("RGB", (4, 4)), transfer=table)
    with Image.open(path) as opened:
        assert declared_color_space(opened) == NOTHING


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("kind", ["rgb", "minisblack"])
def test_tiff_that_pillow_can_not_open(tmp_path, planar, kind):
    """Planes of 16 bits, and grey beside a second channel."""
    tifffile = pytest.importorskip("tifffile")
    table = np.rint(np.linspace(0, 1, 65536) ** 1.5 * 65535).astype(np.uint16)
    encoded = np.linspace(0.2, 0.9, 12).reshape(3, 4)
    levels = np.rint(encoded * 65535).astype(np.uint16)
    levels = np.stack([levels] * (3 if kind == "rgb" else 2), 0 if planar == "separate" else -1)
    path = tmp_path / "a.tif"
    tags = [(301, "H", 65536, table, True)]
    extra = {} if kind == "rgb" else {"extrasamples": ["unspecified"]}
    tifffile.imwrite(path, levels, photometric=kind, planarconfig=planar, extratags=tags, **extra)
    opened = read_picture(path)
    expected = srgb_of(SRGB_SPACE, np.repeat(encoded.reshape(-1, 1), 3, 1) ** 1.5)
    np.testing.assert_allclose(opened.pixels[0].reshape(3, -1).T, expected, atol=0.6)
    assert opened.notices == ()


def test_a_profile_of_any_mode_is_returned():
    image = Image.new("RGB", (2, 2))
    image.info["icc_profile"] = GREY
    assert declared_color_space(image).profile == GREY


@pytest.mark.parametrize("suffix", ["", "tif"])
def test_a_profile_of_lab_says_nothing_of_lab(tmp_path, suffix):
    """Of RGB it is still told that it is ignored."""
    lab = ImageCms.createProfile("LAB")
    profile = ImageCms.ImageCmsProfile(lab).tobytes()
    rgb = Image.new("RGB", (4, 4), (200, 90, 40))
    image = ImageCms.profileToProfile(rgb, ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
    for source, notices in ((image, 0), (rgb, 1)):
        source.info["icc_profile"] = profile
        if suffix:
            source.save(tmp_path / "a.tif", icc_profile=profile)
        found = read_picture(tmp_path / "a.tif" if suffix else source)
        assert len(found.notices) == notices
        np.testing.assert_allclose(found.pixels[0, :, 0, 0], (200, 90, 40), atol=3)
