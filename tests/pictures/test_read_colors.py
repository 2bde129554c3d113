"""Files that declare their colours in every known way are read as what they show."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from profiles import (
    ADOBE_SPACE,
    BT2020_SPACE,
    GREY,
    P3_SPACE,
    SRGB,
    SRGB_SPACE,
    chrm,
    gamma_curve,
    light_in,
    make_profile,
    png_file,
    srgb_level,
    srgb_light,
)

from ortstyle.pictures import picture_file
from ortstyle.pictures.read import read_picture

SHOWN = np.stack(np.meshgrid(*[np.linspace(70, 190, 6)] * 3), -1).reshape(12, 18, 3)
GREYS = np.linspace(40, 250, 216).reshape(12, 18)
AVIF = ".avif" in Image.registered_extensions()


def rounded(encoded, dtype):
    return np.rint(np.clip(encoded, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def curve_of_srgb(light):
    return srgb_level(light) / 255


def curve_of_bt709(light):
    return np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)


def gamma(exponent):
    return (b"gAMA", struct.pack(">I", round(exponent * 100_000)))


PNGS = {
    "cICP P3": (P3_SPACE, curve_of_srgb, [(b"cICP", bytes([12, 13, 0, 1]))]),
    "cICP BT.2020": (BT2020_SPACE, curve_of_bt709, [(b"cICP", bytes([9, 14, 0, 1]))]),
    "cICP linear": (SRGB_SPACE, lambda light: light, [(b"cICP", bytes([1, 8, 0, 1]))]),
    "cICP narrow": (
        SRGB_SPACE,
        curve_of_srgb,
        [(b"cICP", bytes([1, 13, 0, 0]))],
    ),
    "gAMA": (SRGB_SPACE, lambda light: light, [gamma(1.0)]),
    "gAMA, cHRM": (
        ADOBE_SPACE,
        lambda light: light ** (1 / 2.2),
        [gamma(1 / 2.2), (b"cHRM", chrm(ADOBE_SPACE))],
    ),
    "cHRM": (P3_SPACE, curve_of_srgb, [(b"cHRM", chrm(P3_SPACE))]),
    "nothing": (SRGB_SPACE, curve_of_srgb, []),
}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("name", PNGS)
def test_png(tmp_path, name, channels, dtype):
    """Of 8 and 16 bits, grey and colour, with and without alpha."""
    space, curve, chunks = PNGS[name]
    light = srgb_light(SHOWN if channels > 2 else np.repeat(GREYS[..., None], 3, 2))
    encoded = curve(light_in(space, light))
    if name == "cICP narrow":
        encoded = (encoded * 219 + 16) / (255 if dtype == np.uint8 else 65535 / 256)
    levels = encoded if channels > 2 else encoded[..., :1]
    if channels in (2, 4):
        levels = np.dstack([levels, np.ones(levels.shape[:2])])
    path = tmp_path / "a.png"
    path.write_bytes(png_file(rounded(np.squeeze(levels), dtype), *chunks))
    opened = read_picture(path)
    assert opened.notices == ()
    assert opened.depth == (8 if dtype == np.uint8 else 16)
    assert opened.alpha is None
    difference = np.abs(opened.pixels[0].transpose(1, 2, 0) - srgb_level(light))
    if dtype == np.uint16:
        assert difference.max() < 0.6
    else:
        assert difference.mean() < (0.7 if "linear" not in name and name != "gAMA" else 0.9)
        assert difference.max() < 5


def test_a_palette_has_the_colours_of_its_declaration(tmp_path):
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 55, 120, 128])
    image.save(tmp_path / "p.png")
    data = (tmp_path / "p.png").read_bytes()
    body = b"gAMA" + struct.pack(">I", 100_000)
    made = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "p.png").write_bytes(data[:33] + made + data[33:])
    found = read_picture(tmp_path / "p.png").pixels[0, :, 0, 0]
    np.testing.assert_allclose(found, srgb_level(np.array([55, 120, 128]) / 255), atol=0.51)


@pytest.mark.parametrize(
    ("profile", "power"), [(GREY, 1.8), (make_profile(gamma_curve(1.0), SRGB), 1.0)]
)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_has_profiles_of_grey_and_of_rgb(tmp_path, profile, power, channels, dtype):
    levels = rounded(srgb_light(GREYS) ** (1 / power), dtype)
    if channels == 2:
        levels = np.dstack([levels, np.full_like(levels, np.iinfo(dtype).max)])
    path = tmp_path / "a.png"
    path.write_bytes(png_file(levels, (b"iCCP", b"x\0\0" + zlib.compress(profile))))
    opened = read_picture(path)
    assert opened.notices == ()
    assert opened.icc == profile
    difference = np.abs(opened.pixels[0] - GREYS)
    assert difference.max() < (0.2 if dtype == np.uint16 else 4)
    assert difference.mean() < (0.1 if dtype == np.uint16 else 0.9)


@pytest.mark.skipif(not AVIF, reason="no AVIF")
def test_avif_by_its_code_points(tmp_path):
    """Pillow writes the code points of sRGB; here they are those of Display P3."""
    encoded = curve_of_srgb(light_in(P3_SPACE, srgb_light(SHOWN)))
    large = np.repeat(np.repeat(rounded(encoded, np.uint8), 8, 0), 8, 1)
    path = tmp_path / "a.avif"
    Image.fromarray(large).save(path, quality=100, subsampling="4:4:4")
    plain = read_picture(path)
    data = path.read_bytes()
    at = data.index(b"nclx") + 4
    path.write_bytes(data[:at] + struct.pack(">HH", 12, 13) + data[at + 4 :])
    opened = read_picture(path)
    shown = np.repeat(np.repeat(SHOWN, 8, 0), 8, 1)
    before, after = (
        np.abs(picture.pixels[0].transpose(1, 2, 0) - shown).mean() for picture in (plain, opened)
    )
    assert before > 4
    assert after < 1.5
    path.write_bytes(data[:at] + struct.pack(">HH", 3, 13) + data[at + 4 :])
    (notice,) = read_picture(path, name="content").notices
    assert notice == (
        f"content {path}: its colours are declared by the code points 3 and 13, which have no "
        "meaning, and are taken as sRGB"
    )


@pytest.mark.parametrize("suffix", ["jpg", "tif", "webp"])
def test_adobe_rgb_by_exif(tmp_path, suffix):
    encoded = light_in(ADOBE_SPACE, srgb_light(SHOWN)) ** (1 / 2.19921875)
    large = np.repeat(np.repeat(rounded(encoded, np.uint8), 8, 0), 8, 1)
    exif = Image.Exif()
    exif[0x8769] = {0xA001: 2}
    options = {"lossless": True} if suffix == "webp" else {"quality": 98, "subsampling": 0}
    options = {} if suffix == "tif" else options
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(large).save(path, exif=exif.tobytes(), **options)
    opened = read_picture(path)
    shown = np.repeat(np.repeat(SHOWN, 8, 0), 8, 1)
    assert np.abs(opened.pixels[0].transpose(1, 2, 0) - shown).mean() < 1.2


def test_high_dynamic_range_is_told(tmp_path):
    path = tmp_path / "a.png"
    levels = np.full((4, 4, 3), 0x9400, np.uint16)  # 203 cd/m², a white page
    path.write_bytes(png_file(levels, (b"cICP", bytes([9, 16, 0, 1]))))
    opened = read_picture(path, name="content")
    assert opened.notices == (
        f"content {path}: its high dynamic range (PQ) is tone-mapped to sRGB",
    )
    assert opened.pixels.min() > 215
    assert opened.pixels.max() < 245


@pytest.mark.skipif(not AVIF, reason="no AVIF")
def test_the_part_of_an_avif_to_be_shown_is_read(tmp_path, monkeypatch):
    path = tmp_path / "a.avif"
    Image.fromarray(np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3)).save(path)
    whole = read_picture(path).pixels
    monkeypatch.setattr(picture_file, "read_crop", lambda _file, size: (8, 4, 40, size[1]))
    cropped = read_picture(path)
    assert cropped.size == (32, 44)
    np.testing.assert_array_equal(cropped.pixels, whole[..., 4:, 8:40])
