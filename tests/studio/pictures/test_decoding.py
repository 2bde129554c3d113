"""Pictures of every kind become views that hold nothing but pixels; results lose what is told."""

import io
import json
import os

import numpy as np
import pytest
from exif_files import every_tag
from images import ramp_of_16_bits, random_image
from PIL import Image, ImageCms

from ortstyle.errors import PictureError
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.exif import exif_bytes, read_exif
from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.metadata import Carried
from ortstyle.pictures.read import read_embedded_text, read_picture
from ortstyle.pictures.write import save_picture
from ortstyle.studio.pictures.decoding import LARGEST_VIEW, Decoder

EVERYTHING = exif_bytes(every_tag())


@pytest.fixture
def decoder():
    return Decoder(10**7)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "view"


def saved(path, image, **options):
    image.save(path, **options)
    return path


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def one_view(decoder, path, out, side=512):
    """Make a view, and return it after a look at what it may hold."""
    found = decoder.view(path, out, side=side)
    written = out.with_name(out.name + found["suffix"])
    with Image.open(written) as image:
        image.load()
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp", "photoshop"} & set(image.info)
        assert image.format == {".jpg": "JPEG", ".png": "PNG"}[found["suffix"]]
        return image.copy()


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        ("PNG", ".png"),
        ("JPEG", ".jpg"),
        ("GIF", ".gif"),
        ("BMP", ".bmp"),
        ("TIFF", ".tif"),
        ("WEBP", ".webp"),
        ("PPM", ".img"),
    ],
)
def test_a_picture_is_known_by_its_content(decoder, tmp_path, out, kind, suffix):
    path = saved(tmp_path / "upload.part", random_image(30, 20), format=kind)
    assert decoder.inspect(path) == {"suffix": suffix, "width": 30, "height": 20}
    assert one_view(decoder, path, out).size == (30, 20)


@pytest.mark.parametrize(
    ("size", "side", "seen"),
    [
        ((1, 1), 256, (1, 1)),
        ((20_000, 10), 512, (512, 1)),
        ((10, 20_000), LARGEST_VIEW, (1, LARGEST_VIEW)),
        ((3000, 1500), 256, (256, 128)),
        ((3000, 1500), 10**6, (LARGEST_VIEW, LARGEST_VIEW // 2)),
        ((100, 50), 256, (100, 50)),
    ],
)
def test_sizes(decoder, tmp_path, out, size, side, seen):
    path = saved(tmp_path / "a.png", Image.new("RGB", size, "red"))
    found = decoder.inspect(path)
    assert (found["width"], found["height"]) == size
    assert one_view(decoder, path, out, side).size == seen


def test_a_picture_is_turned_upright(decoder, tmp_path, out):
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))  # left, which is above once it is turned
    path = saved(tmp_path / "a.jpg", image, exif=turned(), quality=95)
    assert decoder.inspect(path) == {"suffix": ".jpg", "width": 20, "height": 40}
    view = one_view(decoder, path, out)
    assert view.size == (20, 40)
    assert view.getpixel((10, 5))[0] > 200
    assert view.getpixel((10, 35))[0] < 50


def test_a_transparent_picture_stays_so(decoder, tmp_path, out):
    image = Image.new("RGBA", (40, 20), (0, 0, 255, 255))
    image.paste((255, 0, 0, 0), (0, 0, 20, 20))
    view = one_view(decoder, saved(tmp_path / "a.png", image), out)
    assert view.mode == "RGBA"
    assert view.getpixel((5, 5))[3] == 0
    assert view.getpixel((35, 5)) == (0, 0, 255, 255)


def test_16_bits_are_seen_in_8(decoder, tmp_path, out):
    path = saved(tmp_path / "a.png", Image.fromarray(ramp_of_16_bits()))
    assert decoder.inspect(path) == {"suffix": ".png", "width": 64, "height": 8}
    view = one_view(decoder, path, out)
    assert view.getpixel((0, 0))[0] < 10
    assert view.getpixel((63, 7))[0] > 245


def test_ink_is_seen_as_light(decoder, tmp_path, out):
    path = saved(tmp_path / "a.jpg", Image.new("CMYK", (20, 10), (0, 255, 255, 0)), quality=95)
    red, green, blue = one_view(decoder, path, out).getpixel((5, 5))
    assert red > 200
    assert max(green, blue) < 90


def test_a_profile_is_applied(decoder, tmp_path, out):
    """A view has no profile, so that every browser shows it as sRGB."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    image = ImageCms.profileToProfile(Image.new("RGB", (20, 10), (250, 5, 5)), srgb, lab, 0, "LAB")
    path = saved(tmp_path / "a.tif", image, icc_profile=lab.tobytes())
    red, green, blue = one_view(decoder, path, out).getpixel((5, 5))
    assert red > 220
    assert max(green, blue) < 40


def test_the_first_picture_of_an_animation_is_taken(decoder, tmp_path, out):
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "lime", "blue")]
    path = saved(tmp_path / "a.gif", frames[0], save_all=True, append_images=frames[1:])
    assert decoder.inspect(path) == {"suffix": ".gif", "width": 20, "height": 10}
    assert one_view(decoder, path, out).getpixel((5, 5))[0] > 240


def test_gps_and_text_are_in_no_view(decoder, tmp_path, out):
    path = saved(tmp_path / "a.jpg", random_image(), exif=EVERYTHING, comment=b"at home")
    one_view(decoder, path, out)
    transparent = random_image().convert("RGBA")
    transparent.putpixel((0, 0), (0, 0, 0, 0))
    one_view(decoder, saved(tmp_path / "a.png", transparent, exif=EVERYTHING), out)
    assert len(list(tmp_path.iterdir())) == 4


def jpeg():
    file = io.BytesIO()
    random_image(200, 150).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"a letter to a friend, which is no picture",
        jpeg()[:-2000],
        jpeg()[:100],
        b"",
        b"%PDF-1.4 " + jpeg(),
        b"\0" * 5000,
    ],
    ids=["text", "cut short", "header", "empty", "document", "zeros"],
)
def test_what_is_no_whole_picture_is_refused(decoder, tmp_path, out, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    for use in (decoder.inspect, lambda path: decoder.view(path, out, side=256)):
        with pytest.raises(PictureError):
            use(path)
    assert [found.name for found in tmp_path.iterdir()] == ["a.jpg"]


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("L", (101, 100)))
    with pytest.raises(PictureError, match="more than 10000 pixels"):
        Decoder(10_000).inspect(path)


def test_the_last_picture_is_kept_wherever_it_moves(decoder, tmp_path, out, monkeypatch):
    path = saved(tmp_path / "upload.part", random_image(), format="PNG")
    decoder.inspect(path)
    moved = path.rename(tmp_path / "a.png")
    with monkeypatch.context() as patch:
        patch.setattr("ortstyle.studio.pictures.decoding.read_picture", None)
        one_view(decoder, moved, out, 512)
        one_view(decoder, moved, out, 256)
    saved(moved, Image.new("RGB", (5, 5)), format="PNG")
    os.utime(moved, ns=(1, 1))
    assert one_view(decoder, moved, out).size == (5, 5)


@pytest.fixture
def result(tmp_path):
    """Save a result as a job does, with everything of a photograph, and return its path."""
    exif = read_exif(EVERYTHING)
    settings = {"model": "/home/me/network.onnx", "size": 64}
    save_picture(
        random_image(24, 16),
        tmp_path / "result.png",
        icc=srgb_profile(),
        carried=Carried(exif=exif, resolution=(300, 300)),
        text=json.dumps({"settings": settings, "device": "cpu"}),
    )
    return tmp_path / "result.png"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_result_keeps_what_is_asked_for(decoder, result, suffix):
    out = result.with_name(f"out{suffix}")
    whole = read_exif(EVERYTHING).groups
    for metadata in ("keep", "minimal", "none"):
        decoder.download(result, out, metadata=metadata)
        found = read_picture(out)
        text = read_embedded_text(out)
        if suffix == ".png":
            np.testing.assert_array_equal(found.pixels, read_picture(result).pixels)
        assert found.size == (24, 16)
        assert found.icc == srgb_profile()
        if metadata == "none":
            assert text is None
            assert found.carried == Carried()
            continue
        assert json.loads(text)["settings"]["size"] == 64
        place = json.loads(text)["settings"]["model"]
        assert place == ("/home/me/network.onnx" if metadata == "keep" else "network.onnx")
        assert bool(found.carried.exif.groups["gps"]) == (metadata == "keep" and bool(whole["gps"]))
        assert found.carried.resolution == (300, 300)


def test_text_that_is_not_ours_is_left_out_of_a_minimal_copy(decoder, tmp_path):
    save_picture(random_image(), tmp_path / "a.png", text='"/home/me"')
    decoder.download(tmp_path / "a.png", tmp_path / "b.png", metadata="minimal")
    assert read_embedded_text(tmp_path / "b.png") is None


def test_16_bits_stay_16_bits_in_a_copy(decoder, tmp_path):
    pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, 9, 7)).astype(np.float32)
    save_picture(pixels, tmp_path / "a.png", encoding=Encoding(depth=16), text="{}")
    decoder.download(tmp_path / "a.png", tmp_path / "b.png", metadata="none")
    before, after = (read_picture(tmp_path / name) for name in ("a.png", "b.png"))
    assert after.depth == 16
    np.testing.assert_array_equal(after.pixels, before.pixels)
    decoder.download(tmp_path / "a.png", tmp_path / "b.jpg", metadata="keep")
    assert abs(read_picture(tmp_path / "b.jpg").pixels - before.pixels).mean() < 10


def test_a_result_that_is_damaged_is_refused(decoder, result):
    data = result.read_bytes()
    for damaged in (data[:-30], b"x" * 100):
        result.write_bytes(damaged)
        for suffix in (".png", ".jpg"):
            with pytest.raises(PictureError):
                decoder.download(result, result.with_name(f"out{suffix}"), metadata="none")
    assert [path.name for path in result.parent.iterdir()] == ["result.png"]
