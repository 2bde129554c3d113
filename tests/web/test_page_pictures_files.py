"""Files of pictures: what a worker decodes in Chromium is what `read_picture` reads."""

import base64
import io

import numpy as np
import pytest
from chromium import SCRIPTS, drive, serve_files
from page_engine import ENGINE, call_engine
from page_planes import noise
from PIL import Image
from profiles import ADOBE_RGB, DISPLAY_P3, png_file

from ortstyle.pictures.picture import to_array, to_image
from ortstyle.pictures.read import read_picture

pytestmark = pytest.mark.javascript

TURNS = [f"turned-{orientation}.jpg" for orientation in range(1, 9)]
LIMITED = 'plain.png?{"mostPixels":500}'
REDUCED = 'plain.png?{"longestSide":16}'


def write_files(folder):
    """Write pictures of many kinds and files that are none."""
    picture = to_image(noise((45, 31), smooth=True))
    picture.save(folder / "plain.png")
    levels = np.asarray(picture)
    opacity = np.linspace(0, 255, 31 * 45).reshape(31, 45).astype(np.uint8)
    cut = np.dstack([levels, opacity])
    Image.fromarray(cut).save(folder / "cut.png")
    Image.fromarray(np.dstack([levels, np.full_like(opacity, 255)])).save(folder / "opaque.png")
    for orientation, name in enumerate(TURNS, 1):
        exif = Image.Exif()
        exif[0x112] = orientation
        picture.save(folder / name, quality=95, subsampling=0, exif=exif)
    deep = (levels.astype(np.uint16) * 257 + np.arange(45, dtype=np.uint16)[:, None]).clip(0, 65535)
    (folder / "deep.png").write_bytes(png_file(deep))
    picture.save(folder / "p3.png", icc_profile=DISPLAY_P3)
    picture.save(folder / "adobe.png", icc_profile=ADOBE_RGB)
    picture.convert("L").save(folder / "grey.png")
    picture.convert("CMYK").save(folder / "inks.jpg", quality=95, subsampling=0)
    picture.save(folder / "lossless.webp", lossless=True)
    frames = [picture, Image.new("RGB", (45, 31), "red")]
    colors = [frame.quantize(64, dither=Image.Dither.NONE) for frame in frames]
    colors[0].save(folder / "film.gif", save_all=True, append_images=colors[1:])
    Image.new("RGB", (1, 1), (3, 77, 250)).save(folder / "dot.png")
    to_image(noise((2100, 5))).save(folder / "wide.png")
    to_image(noise((3, 4500))).save(folder / "tall.png")
    large = picture.resize((8000, 6000), Image.Resampling.BILINEAR)
    large.save(folder / "large.jpg", quality=90)
    whole = io.BytesIO()
    to_image(noise((200, 200))).save(whole, "JPEG", quality=90)
    (folder / "cut-off.jpg").write_bytes(whole.getvalue()[:9000])
    plain = (folder / "plain.png").read_bytes()
    (folder / "cut-off.png").write_bytes(plain[: len(plain) // 2])
    (folder / "text.txt").write_text("no picture\n" * 100, "utf-8")
    (folder / "empty").write_bytes(b"")
    Image.new("RGB", (9, 9)).save(folder / "inside.tiff")
    (folder / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(500))
    claims = bytearray(plain)
    claims[16:24] = (60_000).to_bytes(4, "big") * 2
    (folder / "claims.png").write_bytes(claims)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    write_files(folder)
    return folder


@pytest.fixture(scope="module")
def found(files, tmp_path_factory):
    """Return what the worker tells of each file, and the errors that the page told."""
    names = [path.name for path in sorted(files.iterdir())]
    with serve_files({"/": SCRIPTS, "/engine/": ENGINE, "/files/": files}) as address:
        told, faults = drive(
            "web-pictures.mjs", address, tmp_path_factory.mktemp("run"), *names, LIMITED, REDUCED
        )
    assert faults == []
    return told


def levels_of(told):
    """Return (H, W, 3) uint8 of what the worker tells of a picture."""
    return np.frombuffer(base64.b64decode(told["rgb"]), np.uint8).reshape(
        told["height"], told["width"], 3
    )


def difference(told, expected):
    """Return the largest difference from a picture's pixels, in levels."""
    return np.abs(levels_of(told).transpose(2, 0, 1) - expected[0]).max()


EXACT = ["plain.png", "cut.png", "opaque.png", "grey.png", "lossless.webp", "film.gif", "dot.png"]


@pytest.mark.parametrize("name", EXACT)
def test_a_picture_is_read_as_by_python(files, found, name):
    told, picture = found[name]["is"], read_picture(files / name)
    assert tuple(told["size"]) == tuple(told["reduced"]) == picture.size
    # white is mixed in by two roundings where something is transparent
    assert difference(told["picture"], picture.pixels) <= (1 if name == "cut.png" else 0)


def test_white_is_told_where_something_was_transparent(found):
    pictures = {name: each["is"]["transparent"] for name, each in found.items() if "is" in each}
    assert [name for name, transparent in pictures.items() if transparent] == ["cut.png"]


@pytest.mark.parametrize("name", ["deep.png", "p3.png", "adobe.png"])
def test_depth_and_colour_profiles_come_near(files, found, name):
    told, picture = found[name]["is"], read_picture(files / name)
    assert difference(told["picture"], picture.pixels) < 3
    if name != "deep.png":  # so that the profile is seen to matter
        plain = read_picture(files / "plain.png").pixels
        assert difference(told["picture"], plain) > 9


@pytest.mark.parametrize("name", [*TURNS, "inks.jpg"])
def test_photographs_are_upright(files, found, name):
    told, picture = found[name]["is"], read_picture(files / name)
    assert tuple(told["size"]) == picture.size
    assert difference(told["picture"], picture.pixels) <= 8  # decoders of JPEG differ


@pytest.mark.parametrize("name", ["large.jpg", "wide.png", "tall.png"])
def test_large_pictures_come_whole(files, found, name):
    told, picture = found[name]["is"], read_picture(files / name)
    assert tuple(told["size"]) == picture.size
    factor = 2 if name in ("large.jpg", "tall.png") else 1
    assert told["reduced"] == [-(-side // factor) for side in picture.size]
    reduced = picture.planes[0].reduce(factor).resize((256, 256), Image.Resampling.BILINEAR)
    assert difference(told["picture"], to_array(reduced)) <= (8 if name == "large.jpg" else 1)


def test_a_reduced_picture_has_the_means_of_squares(files, found):
    told = found[REDUCED]["is"]
    assert (told["size"], told["reduced"]) == ([45, 31], [15, 11])
    with Image.open(files / "plain.png") as image:
        assert difference(told["picture"], to_array(image.reduce(3))) <= 1


@pytest.mark.parametrize(
    ("name", "kind", "known"),
    [
        ("empty", "empty", None),
        ("text.txt", "unknown", None),
        ("cut-off.jpg", "damaged", "jpeg"),
        ("cut-off.png", "damaged", "png"),
        ("inside.tiff", "unsupported", "tiff"),
        ("photo.heic", "unsupported", "heif"),
        ("claims.png", "large", "png"),
        (LIMITED, "large", "png"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_kind(found, name, kind, known):
    error = found[name]["threw"]
    assert (error["name"], error["kind"], error["format"]) == ("PictureError", kind, known)


def test_a_refused_size_is_told(found):
    assert found["claims.png"]["threw"]["size"] == [60_000, 60_000]
    assert "60000×60000 is more than 178956970 pixels" in found["claims.png"]["threw"]["message"]


@pytest.mark.parametrize("name", [*EXACT, "adobe.png", "deep.png", TURNS[5]])
def test_a_png_holds_what_was_encoded(found, name):
    told = found[name]["is"]
    levels = levels_of(told["picture"])
    with Image.open(io.BytesIO(base64.b64decode(told["png"]))) as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image.convert("RGB")), levels)
    assert all(np.array_equal(levels_of(again), levels) for again in told["again"])


def test_no_bitmap_stays_in_memory(found):
    assert {each["open"] for each in found.values()} == {0}


def encoded(form, **options):
    file = io.BytesIO()
    image = to_image(noise((300, 170), smooth=True))
    if options.pop("alpha", False):
        image.putalpha(90)
    image.save(file, form, **options)
    return file.getvalue()


FORMS = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("JPEG", {"icc_profile": bytes(200_000), "exif": b"Exif\0\0" + bytes(60_000)}),
    ("PNG", {}),
    ("GIF", {}),
    ("BMP", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"alpha": True}),
]


def test_a_header_tells_format_and_size(tmp_path):
    read = "picture-header.js", "readHeader"
    files = [encoded(form, **options) for form, options in FORMS]
    found = call_engine([(*read, file) for file in files], tmp_path)
    for each, (form, _) in zip(found, FORMS, strict=True):
        assert each == {"format": form.lower(), "size": [300, 170]}
    cut = [file[:length] for file in files for length in (*range(60), 640)]
    for each in call_engine([(*read, file) for file in cut], tmp_path):
        assert each is None or each["size"] in (None, [300, 170])


def test_a_header_of_random_bytes_is_none_or_of_a_size(tmp_path):
    rng = np.random.default_rng(11)
    starts = [b"", b"\xff\xd8\xff", b"RIFF....WEBPVP8X", b"BM", b"GIF89a", b"\0\0\0\x18ftypavif"]
    files = [start + rng.bytes(int(rng.integers(0, 60))) for start in starts for _ in range(20)]
    found = call_engine([("picture-header.js", "readHeader", file) for file in files], tmp_path)
    assert not any(isinstance(each, RuntimeError) for each in found)
    assert {each["format"] for each in found[20:] if each} == {"jpeg", "webp", "bmp", "gif", "avif"}
