"""Results keep the colours, transparency and bit depth of the content's file."""

import gc
import weakref
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from profiles import (
    ADOBE_RGB,
    CMYK,
    DISPLAY_P3,
    GREY,
    P3,
    P3_BY_TABLE,
    PROFILES,
    gamma_curve,
    levels_to_lab,
    make_profile,
)

from ortstyle.errors import OutputError, SettingsError
from ortstyle.pictures import icc
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.metadata import Metadata
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.read import read_picture
from ortstyle.pictures.tiff_write import write_tiff
from ortstyle.pictures.write import check_output, save_picture
from ortstyle.report.result_writer import ContentMetadata, ResultWriter

LINEAR = make_profile(gamma_curve(1.0), P3)
AVIF = pytest.param(
    "avif", marks=pytest.mark.skipif(".avif" not in Image.registered_extensions(), reason="no AVIF")
)


def result_of(opened):
    """Return a stand-in for an iterate whose picture is the content."""
    return SimpleNamespace(pixels=opened.pixels, width=opened.width, height=opened.height)


def writer_for(content, **encoding):
    return ResultWriter(ContentMetadata.of(content), encoding=Encoding(**encoding))


def through(path, out, **encoding):
    """Read a picture, write it as a result, and open the result."""
    opened = read_picture(path)
    writer_for(opened, **encoding).save(result_of(opened), out)
    return Image.open(out)


def colours_in(name):
    """Return the levels in a profile, ``(1, N, 3)``, of colours that sRGB can show too."""
    srgb = np.array(list(product(range(12, 256, 27), repeat=3)), np.float32).T[:, None]
    return icc.read_matrix_profile(PROFILES[name]).from_srgb(srgb).transpose(1, 2, 0)


def distances(a, b):
    return np.sqrt(((a - b) ** 2).sum(-1))


# Colours


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("name", PROFILES)
def test_colours_of_a_profile_are_kept(tmp_path, name, depth):
    levels = colours_in(name)
    path = tmp_path / "a.png"
    if depth == 8:
        levels = np.rint(levels)
        Image.fromarray(levels.astype(np.uint8)).save(path, icc_profile=PROFILES[name])
    else:
        levels = np.rint(levels * 257) / 257
        with path.open("wb") as file:
            write_png(
                file, np.rint(levels * 257).astype(np.uint16), metadata=Metadata(icc=PROFILES[name])
            )
    original = levels_to_lab(levels, name)
    assert distances(original, levels_to_lab(levels, "srgb")).max() > 4  # the profile counts
    for mode, out in (("srgb", tmp_path / "s.png"), ("keep", tmp_path / "k.png")):
        with through(path, out, icc=mode) as image:
            assert image.info["icc_profile"] == (
                icc.srgb_profile() if mode == "srgb" else PROFILES[name]
            )
            image.info.pop("icc_profile")
            raw = read_picture(image).pixels if depth == 8 else None
        if raw is None:
            from ortstyle.pictures.png_rows import PngHeader, read_rows

            with out.open("rb") as file:
                levels = np.concatenate(list(read_rows(file, PngHeader.read(file), 100)))
            raw = (levels / 257).transpose(2, 0, 1)[None]
        found = levels_to_lab(raw[0].transpose(1, 2, 0), "srgb" if mode == "srgb" else name)
        assert distances(found, original).max() < (1 if depth == 8 else 0.1)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp", AVIF])
def test_every_format_is_tagged(tmp_path, suffix):
    path = tmp_path / "a.png"
    Image.new("RGB", (16, 16), (200, 90, 40)).save(path, icc_profile=DISPLAY_P3)
    with through(path, tmp_path / f"s.{suffix}") as image:
        assert image.info["icc_profile"] == icc.srgb_profile()
        srgb = read_picture(tmp_path / f"s.{suffix}").pixels
    with through(path, tmp_path / f"k.{suffix}", icc="keep") as image:
        assert image.info["icc_profile"] == DISPLAY_P3
    np.testing.assert_allclose(read_picture(tmp_path / f"k.{suffix}").pixels, srgb, atol=6)


def test_a_picture_without_a_profile_is_read_as_it_stands(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    for options in ({}, {"icc_profile": icc.srgb_profile()}):
        Image.fromarray(pixels).save(tmp_path / "a.png", **options)
        np.testing.assert_array_equal(
            read_picture(tmp_path / "a.png").pixels[0].transpose(1, 2, 0), pixels
        )


@pytest.mark.parametrize(
    ("mode", "wrong", "words"),
    [
        ("RGB", b"nonsense" * 20, "damaged, and"),
        ("RGB", GREY, "for grey pictures, and"),
        ("L", CMYK, "for CMYK pictures, and"),
        ("RGB", DISPLAY_P3[:200], "damaged, and"),
        ("RGB", DISPLAY_P3.replace(b"RGB ", b"Lab "), "of an unsupported kind (Lab), and"),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_a_profile_that_can_not_be_used_is_ignored(tmp_path, mode, wrong, words, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (8, 8), (120, 120, 120)).convert(mode).save(path, icc_profile=wrong)
    opened = read_picture(path, name="content")
    np.testing.assert_allclose(opened.pixels, 120, atol=1)
    assert opened.icc is None
    (notice,) = opened.notices
    assert notice == f"content {path}: its colour profile is {words} is ignored"
    with through(path, tmp_path / "out.png", icc="keep") as image:
        assert image.info["icc_profile"] == icc.srgb_profile()


def test_grey_and_transparent_pictures_have_profiles_too(tmp_path):
    light = (128 / 255) ** 1.8
    expected = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
    Image.new("L", (4, 4), 128).save(tmp_path / "l.png", icc_profile=GREY)
    Image.new("LA", (4, 4), (128, 255)).save(tmp_path / "la.png", icc_profile=GREY)
    Image.fromarray(np.full((4, 4), 128 * 257, np.uint16)).save(
        tmp_path / "deep.png", icc_profile=GREY
    )
    for name in ("l", "la", "deep"):
        opened = read_picture(tmp_path / f"{name}.png")
        np.testing.assert_allclose(opened.pixels, expected, atol=1.2)
        assert opened.notices == ()
    opened = read_picture(tmp_path / "l.png", name="content")
    writer = writer_for(opened, icc="keep")
    assert (
        writer.notice(tmp_path / "b.png") == f"--icc keep: {opened.label} is not RGB; writing sRGB"
    )
    Image.new("P", (4, 4)).save(tmp_path / "p.png", icc_profile=ADOBE_RGB)
    assert read_picture(tmp_path / "p.png").icc == ADOBE_RGB


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_inks_are_seen_through_their_profile(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    for inks, colour in {
        (0, 0, 0, 0): (255, 255, 255),
        (0, 0, 0, 255): (0, 0, 0),
        (255, 0, 0, 0): (0, 255, 255),
        (0, 0, 0, 128): (187, 187, 187),  # half the light; without the profile it is 127
    }.items():
        Image.new("CMYK", (16, 16), inks).save(path, icc_profile=CMYK)
        opened = read_picture(path, name="content")
        np.testing.assert_allclose(opened.pixels[0, :, 8, 8], colour, atol=3)
        assert opened.notices == ()
    assert "is not RGB" in writer_for(opened, icc="keep").notice(tmp_path / "b.png")


@pytest.mark.parametrize(("depth", "kept"), [(8, False), (16, True)])
def test_light_is_not_kept_in_eight_bits(tmp_path, depth, kept):
    """A profile without a curve has few shades in the shadows, unless there are 16 bits."""
    ramp = np.repeat(np.arange(256, dtype=np.float32)[None, None], 3, 0)
    light = icc.read_matrix_profile(LINEAR).from_srgb(ramp).transpose(1, 2, 0)
    with (tmp_path / "a.png").open("wb") as file:
        write_png(file, np.rint(light * 257).astype(np.uint16), metadata=Metadata(icc=LINEAR))
    opened, out = read_picture(tmp_path / "a.png"), tmp_path / "b.png"
    writer = writer_for(opened, icc="keep", depth=depth)
    advice = "has a colour profile of which 8 bits hold too few shades; --depth 16, in PNG or TIFF,"
    said = f"--icc keep: {opened.label} {advice} keeps it; writing sRGB"
    assert writer.notice(out) == ("" if kept else said)
    assert writer.notice(tmp_path / "b.jpg") == (said if depth == 8 else writer.notice(out))
    writer.save(result_of(opened), out)
    with Image.open(out) as image:
        assert (image.info["icc_profile"] == LINEAR) == kept
    shades = read_picture(out).pixels[0, 0, 0]
    np.testing.assert_allclose(shades, np.arange(256), atol=1)


# Transparency


@pytest.mark.parametrize("suffix", ["png", "webp", "tif", AVIF])
def test_transparency_is_carried(tmp_path, suffix):
    image = Image.new("RGB", (32, 24), (250, 20, 20))
    ramp = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[None], 24, 0)
    image.putalpha(Image.fromarray(ramp))
    image.save(tmp_path / "a.png")
    opened = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(opened.alpha, ramp)
    np.testing.assert_array_equal(opened.pixels[0, :, 0, 0], 255)  # white is what is painted
    small = opened.resize_to_side(16)
    writer_for(opened).save(result_of(small), tmp_path / f"out.{suffix}")
    with Image.open(tmp_path / f"out.{suffix}") as out:
        assert (out.mode, out.size) == ("RGBA", (16, 12))
        alpha = np.asarray(out.getchannel("A"), int)
    np.testing.assert_allclose(alpha, np.asarray(small.alpha, int), atol=8)
    writer_for(opened).save(result_of(small), tmp_path / "out.jpg")
    with Image.open(tmp_path / "out.jpg") as out:
        assert out.mode == "RGB"


@pytest.mark.parametrize("mode", ["srgb", "keep"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("suffix", ["png", "tif", "webp", AVIF, "jpg"])
def test_over_white_a_result_is_what_was_painted(tmp_path, suffix, depth, mode):
    """White is mixed in once; a format without transparency holds what was painted."""
    black = Image.new("RGBA", (32, 24), (0, 0, 0, 128))
    black.paste((90, 30, 200, 60), (16, 0, 32, 24))
    black.save(tmp_path / "a.png", icc_profile=DISPLAY_P3)
    opened = read_picture(tmp_path / "a.png")
    painted = opened.pixels.clip(0, 255)
    painted[..., 5:8, :] = 40  # darker than the content's opacity can show over white
    iterate = SimpleNamespace(pixels=painted, width=32, height=24)
    out = tmp_path / f"b.{suffix}"
    writer_for(opened, icc=mode, depth=depth if suffix in ("png", "tif") else None).save(
        iterate, out
    )
    again = read_picture(out)
    assert (again.alpha is None) == (suffix == "jpg")
    difference = np.abs(again.pixels - painted)
    assert np.median(difference) < 1.5
    if suffix in ("png", "tif"):
        assert difference.max() < 2.6  # rounded in the profile and in sRGB


@pytest.mark.parametrize(
    ("profile", "depth"),
    [(ADOBE_RGB, 8), (ADOBE_RGB, 16), (DISPLAY_P3, 8), (DISPLAY_P3, 16), (LINEAR, 16)],
)
def test_soft_edges_come_back_from_the_profile_of_the_content(tmp_path, profile, depth):
    """White is taken out in sRGB, where it is mixed in again, and not in the profile."""
    colours = icc.read_matrix_profile(profile).from_srgb(
        np.random.default_rng(0).uniform(60, 200, (3, 24, 256)).astype(np.float32)
    )
    cover = np.repeat(np.arange(256, dtype=np.uint16)[None], 24, 0) * 257
    levels = np.rint(np.stack([*colours, cover / 257], 2) * 257).astype(np.uint16)
    with (tmp_path / "a.png").open("wb") as file:
        write_png(file, levels, metadata=Metadata(icc=profile))
    opened = read_picture(tmp_path / "a.png")
    out = tmp_path / "b.png"
    writer = writer_for(opened, icc="keep", depth=depth)
    writer.save(result_of(opened), out)
    with Image.open(out) as image:
        assert image.info["icc_profile"] == profile
    difference = np.abs(read_picture(out).pixels - opened.pixels.clip(0, 255))
    assert difference.mean() < (0.01 if depth == 16 else 1)
    assert difference.max() < (0.1 if depth == 16 else 2.5)


def test_an_opaque_picture_has_no_alpha(tmp_path):
    Image.new("RGBA", (4, 4), "red").save(tmp_path / "a.png")
    with through(tmp_path / "a.png", tmp_path / "b.png") as image:
        assert image.mode == "RGB"


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_transparency_of_sixteen_bits(tmp_path, suffix):
    levels = np.random.default_rng(0).integers(0, 65536, (6, 5, 4)).astype(np.uint16)
    levels[..., 3] = np.arange(30).reshape(6, 5) * 257 * 8
    path = tmp_path / f"a.{suffix}"
    with path.open("wb") as file:
        (write_png if suffix == "png" else write_tiff)(file, levels)
    opened = read_picture(path)
    np.testing.assert_array_equal(opened.alpha, levels[..., 3] // 257)
    cover = levels[..., 3:] / 65535
    flat = 255 * (1 - cover) + levels[..., :3] / 257 * cover
    np.testing.assert_allclose(opened.pixels[0].transpose(1, 2, 0), flat, atol=1e-3)
    through(path, tmp_path / f"b.{suffix}").close()
    again = read_picture(tmp_path / f"b.{suffix}")
    assert again.depth == 16
    np.testing.assert_array_equal(again.alpha, opened.alpha)


# Depth


def gradient(kind):
    ramp = np.repeat(np.linspace(0, 65535, 2048).astype(np.uint16)[None], 4, 0)
    return ramp if kind == "grey" else np.dstack([ramp, ramp[:, ::-1], np.roll(ramp, 500, 1)])


@pytest.mark.parametrize("kind", ["grey", "colour"])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_gradient_of_sixteen_bits_comes_through(tmp_path, kind, suffix):
    levels, path = gradient(kind), tmp_path / f"a.{suffix}"
    if kind == "grey":
        Image.fromarray(levels).save(path)
        levels = np.repeat(levels[..., None], 3, 2)
    else:
        with path.open("wb") as file:
            (write_png if suffix == "png" else write_tiff)(file, levels)
    opened = read_picture(path)
    assert opened.depth == 16
    np.testing.assert_allclose(opened.pixels[0].transpose(1, 2, 0), levels / 257, atol=1e-4)
    for out in ("b.png", "b.tif"):
        through(path, tmp_path / out).close()
        again = read_picture(tmp_path / out).pixels * 257
        np.testing.assert_allclose(again[0].transpose(1, 2, 0), levels, atol=0.02)
        assert len(np.unique(np.rint(again[0, 0]))) == 2048  # 8 bits have 256
    through(path, tmp_path / "c.png", depth=8).close()
    assert len(np.unique(read_picture(tmp_path / "c.png").pixels[0, 0])) == 256
    through(path, tmp_path / "c.jpg").close()


def test_resizing_makes_no_bands(tmp_path):
    ramp = np.repeat(np.linspace(20000, 22000, 512).astype(np.uint16)[None], 8, 0)
    Image.fromarray(ramp).save(tmp_path / "a.png")
    opened = read_picture(tmp_path / "a.png").resize_to_side(300)
    writer_for(opened).save(result_of(opened), tmp_path / "b.png")
    row = read_picture(tmp_path / "b.png").pixels[0, 0, 2] * 257
    steps = np.diff(row)[2:-2]
    assert steps.min() > 3
    assert steps.max() < 11  # 2000 levels in 300 pixels; bands of 8 bits are 257 apart


def test_a_shallow_picture_can_be_written_deep(tmp_path):
    Image.new("RGB", (4, 4), (1, 2, 3)).save(tmp_path / "a.png")
    through(tmp_path / "a.png", tmp_path / "b.png", depth=16).close()
    assert read_picture(tmp_path / "b.png").depth == 16
    np.testing.assert_allclose(read_picture(tmp_path / "b.png").pixels[0, :, 0, 0], [1, 2, 3])


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_deep_arrays_keep_their_levels(dtype):
    levels = gradient("colour")
    array = levels if dtype == np.uint16 else (levels / 65535).astype(dtype)
    opened = read_picture(array)
    assert opened.depth == 16
    np.testing.assert_allclose(opened.pixels[0].transpose(1, 2, 0), levels / 257, atol=1e-3)


@pytest.mark.parametrize("depth", [8, 16])
def test_a_profile_by_table_is_computed_in_eight_bits(tmp_path, depth):
    assert icc.read_matrix_profile(P3_BY_TABLE) is None
    levels = np.rint(colours_in("p3")).astype(np.uint8)
    path = tmp_path / "a.png"
    if depth == 8:
        Image.fromarray(levels).save(path, icc_profile=P3_BY_TABLE)
    else:
        with path.open("wb") as file:
            write_png(file, levels.astype(np.uint16) * 257, metadata=Metadata(icc=P3_BY_TABLE))
    notices = read_picture(path, name="content").notices
    told = () if depth == 8 else (f"content {path}: its colour profile is applied in 8 bits",)
    assert notices == told
    for mode, space in (("srgb", "srgb"), ("keep", "p3")):
        with through(path, tmp_path / "b.png", icc=mode, depth=8) as image:
            found = levels_to_lab(np.asarray(image), space)
        difference = distances(found, levels_to_lab(levels, "p3"))
        assert difference.max() < 1.5  # rounded twice, black included
        assert difference.mean() < 0.5


def test_the_photographs_pixels_are_freed(tmp_path):
    Image.new("RGBA", (4, 4), "red").save(tmp_path / "a.png")
    opened = read_picture(tmp_path / "a.png")
    planes, writer = [weakref.ref(plane) for plane in opened.planes], writer_for(opened)
    del opened
    gc.collect()
    assert [plane() for plane in planes] == [None]
    assert writer.content.depth == 8


# Choices


def test_quality_and_chroma_count(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    sizes = {}
    for suffix in ("jpg", "webp", *(["avif"] if ".avif" in Image.registered_extensions() else [])):
        for quality in (30, 95):
            path = tmp_path / f"a.{suffix}"
            save_picture(Image.fromarray(pixels), path, encoding=Encoding(quality=quality))
            sizes[suffix, quality] = path.stat().st_size
        assert sizes[suffix, 30] < sizes[suffix, 95]
    for chroma, layers in {"444": (1, 1), "422": (2, 1), "420": (2, 2)}.items():
        save_picture(Image.fromarray(pixels), tmp_path / "a.jpg", encoding=Encoding(chroma=chroma))
        with Image.open(tmp_path / "a.jpg") as image:
            assert image.layer[0][1:3] == layers


@pytest.mark.parametrize(
    ("name", "encoding", "words"),
    [
        ("a.jpg", {"depth": 16}, "--depth 16: .jpg holds 8 bits; write .png or .tif"),
        ("a.png", {"quality": 5}, "--quality: .png has no quality"),
        ("a.webp", {"chroma": "420"}, "--chroma: .webp has no chroma"),
    ],
)
def test_what_a_format_can_not_do_is_refused(tmp_path, name, encoding, words):
    with pytest.raises(OutputError, match=words):
        check_output(tmp_path / name, encoding=Encoding(**encoding))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "wrong", [{"icc": "p3"}, {"depth": 12}, {"quality": 0}, {"quality": 101}, {"chroma": "411"}]
)
def test_wrong_choices(wrong):
    with pytest.raises(SettingsError, match=f"--{next(iter(wrong))}"):
        Encoding(**wrong)
