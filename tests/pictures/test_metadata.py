"""EXIF copied into a result, and settings embedded in it."""

import json
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from exif_files import complaints_of, every_tag, exif_with
from images import random_image
from PIL import ExifTags, Image, TiffImagePlugin

from ortstyle import __version__
from ortstyle.cli.embedded import read_embedded
from ortstyle.errors import PictureError, SettingsError
from ortstyle.pictures import exif_tags as tags
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.exif import exif_bytes, read_exif
from ortstyle.pictures.metadata import Carried, Metadata
from ortstyle.pictures.png_write import write_png
from ortstyle.pictures.read import read_embedded_text, read_picture
from ortstyle.pictures.tiff_directory import Entry, Layout
from ortstyle.pictures.tiff_write import write_tiff
from ortstyle.pictures.write import save_picture
from ortstyle.pictures.xmp import carried_xmp
from ortstyle.report.result_writer import ContentMetadata, ResultWriter
from ortstyle.settings.settings import Settings

BASE, IFD = ExifTags.Base, ExifTags.IFD
SUFFIXES = [
    "png",
    "jpg",
    "tif",
    "webp",
    *(["avif"] if ".avif" in Image.registered_extensions() else []),
]


def photograph_exif(orientation=6):
    exif = Image.Exif()
    exif[BASE.Make] = "Camera"
    exif[BASE.ImageDescription] = "a pagoda"
    exif[BASE.Orientation] = orientation
    exif[IFD.Exif.value] = {
        BASE.DateTimeOriginal: "2020:01:02 03:04:05",
        BASE.FNumber: TiffImagePlugin.IFDRational(28, 10),
        BASE.ExifImageWidth: 4000,
        BASE.UserComment: b"ASCII\0\0\0mine",
        BASE.MakerNote: b"private" * 10,
    }
    exif[IFD.GPSInfo.value] = {1: "N", 2: (47.0, 30.0, 0.5)}
    return exif


def resolution(across, down):
    """Make the tags of a resolution in pixels an inch."""
    pairs = {tags.X_RESOLUTION: across, tags.Y_RESOLUTION: down}
    return {tag: Entry(tags.RATIONAL, struct.pack("<2I", v, 1)) for tag, v in pairs.items()}


def painted(opened, path, *, depth=None, text=None, metadata="keep"):
    result = SimpleNamespace(pixels=opened.pixels, width=opened.width, height=opened.height)
    content, encoding = ContentMetadata.of(opened), Encoding(depth=depth, metadata=metadata)
    ResultWriter(content, encoding=encoding, provenance=text).save(result, path)


# EXIF


@pytest.mark.parametrize(("out", "depth"), [*((s, 8) for s in SUFFIXES), ("png", 16), ("tif", 16)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exif_survives(tmp_path, suffix, out, depth):
    exif = photograph_exif().tobytes()
    Image.new("RGB", (24, 16)).save(tmp_path / f"a.{suffix}", exif=exif)
    opened = read_picture(tmp_path / f"a.{suffix}")
    painted(opened, tmp_path / f"b.{out}", text="{}", depth=depth)
    with Image.open(tmp_path / f"b.{out}") as image:
        image.load()
        assert image.size == (16, 24)
        exif = image.getexif()
    assert exif[BASE.Make] == "Camera"
    assert exif[BASE.ImageDescription] == "a pagoda"
    assert exif.get(BASE.Orientation, 1) == 1
    group = exif.get_ifd(IFD.Exif)
    assert group[BASE.DateTimeOriginal] == "2020:01:02 03:04:05"
    assert float(group[BASE.FNumber]) == 2.8
    assert group[BASE.MakerNote] == b"private" * 10
    assert group[BASE.ColorSpace] == 1
    assert group.get(BASE.ExifImageWidth) == (None if out == "tif" else 16)
    assert group[BASE.UserComment] == b"ASCII\0\0\0" + (b"mine" if out == "png" else b"{}")
    gps = exif.get_ifd(IFD.GPSInfo)
    assert gps[1] == "N"
    np.testing.assert_allclose([float(v) for v in gps[2]], [47, 30, 0.5])
    read_picture(tmp_path / f"b.{out}")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("depth", "suffix"), [(8, "png"), (16, "png"), (16, "tif")])
def test_orientation_is_applied_once(tmp_path, orientation, depth, suffix):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 9, 3), np.uint8)
    alpha = Image.fromarray(pixels[..., 0])
    exif = {tags.ORIENTATION: Entry(tags.SHORT, struct.pack("<H", orientation))}
    save_picture(
        Image.fromarray(pixels),
        tmp_path / "turned.png",
        encoding=Encoding(depth=depth),
        alpha=alpha,
    )
    opened = read_picture(tmp_path / "turned.png")
    save_turned(tmp_path / f"a.{suffix}", pixels, alpha, exif, depth)
    turned = read_picture(tmp_path / f"a.{suffix}")
    assert turned.depth == depth
    assert turned.size == ((9, 6) if orientation < 5 else (6, 9))
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
        8: lambda a: np.rot90(a, 1),
    }[orientation]
    upright = turn(opened.pixels[0].transpose(1, 2, 0))
    np.testing.assert_array_equal(turned.pixels[0].transpose(1, 2, 0), upright)
    np.testing.assert_array_equal(turned.alpha, turn(pixels[..., 0]))
    painted(turned, tmp_path / "b.png")
    again = read_picture(tmp_path / "b.png")
    assert again.size == turned.size
    np.testing.assert_array_equal(again.alpha, turned.alpha)


def save_turned(path, pixels, alpha, exif, depth):
    """Save a picture with unchanged EXIF, orientation included."""
    if depth == 8:
        image = Image.fromarray(pixels)
        image.putalpha(alpha)
        image.save(path, exif=exif_with(image=exif))
        return
    levels = np.dstack([pixels, np.asarray(alpha)]).astype(np.uint16) * 257
    with path.open("wb") as file:
        (write_png if path.suffix == ".png" else write_tiff)(
            file, levels, metadata=Metadata(exif=Layout("<", exif))
        )


def test_the_thumbnail_is_dropped(tmp_path):
    # One tag, then a second directory, where cameras store the thumbnail.
    first = b"\1\0" + b"\x0f\1\2\0\7\0\0\0\x26\0\0\0" + b"\x2d\0\0\0" + bytes(12) + b"Camera\0"
    second = b"\1\0" + b"\1\2\4\0\1\0\0\0\x00\1\0\0" + bytes(4) + b"THUMBNAIL" * 30
    raw = b"Exif\0\0II*\0\x08\0\0\0" + first + second
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=raw)
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif().get_ifd(IFD.IFD1)
    painted(read_picture(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    kept = (tmp_path / "b.jpg").read_bytes()
    assert b"Camera" in kept
    assert b"THUMBNAIL" not in kept


@pytest.mark.parametrize(
    "wrong",
    [
        b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\x77" * 40,
        b"Exif\0\0MM\0*\0\0\0\x08\0\5\1",
        b"Exif\0\0" + b"\xff" * 60,
        photograph_exif().tobytes()[:60],
        photograph_exif().tobytes()[:150],
    ],
)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_damaged_exif_is_not_fatal(tmp_path, suffix, wrong):
    path = tmp_path / f"a.{suffix}"
    Image.new("RGB", (8, 8), "red").save(path, exif=wrong)
    opened = read_picture(path)
    for out in SUFFIXES:
        painted(opened, tmp_path / f"b.{out}", text="{}")
        assert read_embedded_text(tmp_path / f"b.{out}") == "{}"


def test_exif_of_any_length_fits_a_jpeg(tmp_path):
    exif = Image.Exif()
    exif[BASE.Make] = "Camera"
    exif[IFD.Exif.value] = {BASE.MakerNote: b"x" * 70_000}
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png", exif=exif)
    opened = read_picture(tmp_path / "a.png")
    painted(opened, tmp_path / "a.jpg", text="{}")
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.getexif()[BASE.Make] == "Camera"


def test_what_describes_the_old_file_is_left_out(tmp_path):
    Image.new("RGB", (24, 16)).save(tmp_path / "a.tif", compression="tiff_lzw")
    assert read_picture(tmp_path / "a.tif").carried == Carried()


@pytest.mark.parametrize("out", SUFFIXES)
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("jpg", {"dpi": (300, 150)}),
        ("png", {"dpi": (300, 150)}),
        ("tif", {"dpi": (300, 150)}),
        ("tif", {"dpi": (300, 150), "compression": "tiff_lzw"}),
        ("webp", {"exif": exif_with(image=resolution(300, 150))}),
        ("jpg", {"exif": exif_with(image=resolution(300, 150))}),
    ],
)
def test_the_resolution_is_kept(tmp_path, suffix, options, out):
    Image.new("RGB", (24, 16)).save(tmp_path / f"a.{suffix}", **options)
    opened = read_picture(tmp_path / f"a.{suffix}")
    assert opened.carried.resolution == (300, 150)
    for depth in (8, 16) if out in ("png", "tif") else (8,):
        painted(opened, tmp_path / f"b.{out}", depth=depth)
        assert read_picture(tmp_path / f"b.{out}").carried.resolution == (300, 150)


def test_the_resolution_turns_with_the_picture(tmp_path):
    image = {**resolution(300, 150), 0x0112: Entry(tags.SHORT, b"\6\0")}
    Image.new("RGB", (24, 16)).save(tmp_path / "a.jpg", exif=exif_with(image=image))
    assert read_picture(tmp_path / "a.jpg").carried.resolution == (150, 300)


def rich(tmp_path):
    xmp = carried_xmp(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Label="red"/></rdf:RDF></x:xmpmeta>'
    )
    exif = read_exif(exif_bytes(every_tag(without={tags.MAKER_NOTE})))
    carried = Carried(
        exif=exif,
        resolution=(300, 300),
        xmp=xmp,
        iptc=b"\x1c\2\0\0\2\0\4\x1c\2\x19\0\3red",
    )
    save_picture(random_image(), tmp_path / "rich.jpg", carried=carried)
    return read_picture(tmp_path / "rich.jpg")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("metadata", ["keep", "minimal", "none"])
def test_metadata_can_be_left_out(tmp_path, metadata, suffix, depth):
    path = tmp_path / f"b.{suffix}"
    if depth == 16 and suffix not in ("png", "tif"):
        depth = 8
    opened = rich(tmp_path)
    painted(opened, path, depth=depth, text="{}", metadata=metadata)
    found = read_picture(path).carried
    assert read_embedded_text(path) == (None if metadata == "none" else "{}")
    with Image.open(path) as image:
        assert image.info["icc_profile"]
    if metadata == "none":
        assert (found.exif, found.xmp, found.iptc) == (None, None, None)
        return
    assert found.exif.groups["image"][0x013B].data == b"abc\0"
    assert found.resolution == (300, 300)
    assert bool(found.exif.groups["gps"]) == (metadata == "keep")
    assert found.xmp == (opened.carried.xmp if metadata == "keep" else None)
    has_iptc = metadata == "keep" and suffix in ("jpg", "tif")
    assert found.iptc == (opened.carried.iptc if has_iptc else None)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("metadata", ["keep", "minimal", "none"])
def test_no_program_complains_of_a_result(tmp_path, metadata, suffix):
    path = tmp_path / f"b.{suffix}"
    painted(rich(tmp_path), path, text="{}", metadata=metadata)
    assert complaints_of(path) == []


# Settings


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_settings_come_back(tmp_path, suffix):
    settings = Settings(size=77, style_blend=(1.0, 2.5), style_layers=(("relu1", 1.0),), model="ü")
    text = json.dumps({"settings": settings.to_dict(), "model": {"sha256": "ab"}})
    for depth in (8, 16) if suffix in {"png", "tif"} else (8,):
        path = tmp_path / f"a.{suffix}"
        image = Image.new("RGB", (16, 16))
        save_picture(image, path, text=text, encoding=Encoding(depth=depth))
        run = read_embedded(path)
        assert run.settings == settings
        assert run.model_hash == "ab"


def refusal_of(tmp_path, text):
    save_picture(Image.new("RGB", (16, 16)), tmp_path / "a.png", text=text)
    with pytest.raises(SettingsError) as caught:
        read_embedded(tmp_path / "a.png")
    message = str(caught.value)
    assert message.startswith(f"--like {tmp_path / 'a.png'}")
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "holds no settings"),
        ("{", "damaged"),
        ("[" * 100_000, "damaged"),
        ("[]", "damaged"),
        ("{}", "damaged"),
        ('{"settings": [1]}', "damaged"),
        ('{"settings": {"size": "big"}}', "--size: 'big' is no size"),
        ('{"settings": {"size": true}}', "--size: True has the wrong type"),
        ('{"settings": {"size": 0}}', "--size must be at least 1"),
        ('{"settings": {"model": 3}}', "--model: 3 has the wrong type"),
        ('{"settings": {"style_layers": [3]}}', "wrong form"),
        ('{"settings": {"style_layers": "relu1"}}', "--style-layers"),
        ('{"settings": {"pooling": "min"}}', "--pooling: 'min' is unknown"),
    ],
)
def test_settings_that_are_none(tmp_path, text, words):
    assert words in refusal_of(tmp_path, text)


def test_settings_of_a_newer_version(tmp_path):
    run = {"settings": {"size": 9, "brush": 1, "angle": 2}, "versions": {"ortstyle": "9.1"}}
    message = refusal_of(tmp_path, json.dumps(run))
    assert f"ortstyle 9.1 with settings that {__version__} does not know (angle, brush)" in message


def test_a_file_that_is_no_picture(tmp_path):
    (tmp_path / "a.png").write_text("no")
    for name, words in {"a.png": "not a picture", "b.png": "does not exist"}.items():
        with pytest.raises(PictureError, match=words):
            read_embedded(tmp_path / name)


def test_settings_from_json_may_be_whole_numbers(tmp_path):
    save_picture(
        Image.new("RGB", (16, 16)), tmp_path / "a.png", text='{"settings": {"tv_weight": 2}}'
    )
    assert read_embedded(tmp_path / "a.png").settings == Settings(tv_weight=2)
