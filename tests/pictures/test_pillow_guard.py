"""Files that are damaged, hostile or too large raise an error of one line."""

import io
import os
import struct
import threading
import warnings
import zlib

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from images import permissions_mean_nothing, ramp_of_16_bits, random_image
from PIL import Image

from ortstyle.errors import PictureError
from ortstyle.pictures.pillow_guard import MAX_PIXELS, reading_errors
from ortstyle.pictures.read import read_rgb

ORIENTATION = 0x0112


def error_of(source, **options):
    with pytest.raises(PictureError) as caught:
        read_rgb(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_bad_files_are_named(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("hello, I am no picture")
    (tmp_path / "header.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for name, words in {
        "missing.png": "does not exist",
        "empty.png": "empty",
        "text.jpg": "not a picture",
        "header.png": "",
        "text.jpg/inside.png": "check the path" if os.name == "nt" else "can't be read",
        "x" * 300 + ".png": "check the path" if os.name == "nt" else "can't be read",
        "nul\0.png": "",
    }.items():
        message = error_of(tmp_path / name, name="content")
        assert message.startswith(f"content {tmp_path / name} ")
        assert words in message
    assert "folder" in error_of(tmp_path)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    random_image().save(path)
    if permissions_mean_nothing():

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Image, "open", refuse)
    else:
        path.chmod(0)
    assert "permission" in error_of(path)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("'<' not supported between instances of 'tuple' and 'int'"), ""),
        (TypeError("unsupported operand type(s) for +: 'int' and 'NoneType'"), ""),
        (ZeroDivisionError("integer division or modulo by zero"), ""),
        (ValueError("not enough values to unpack (expected 2, got 1)"), ""),
        (struct.error("unpack requires a buffer of 4 bytes"), ""),
        (KeyError(317), ""),
        (OSError(), ""),
        (OSError("the picture's data\nend too early"), " (the picture's data end too early)"),
        (SyntaxError("broken PNG file"), " (broken PNG file)"),
        (zlib.error("Error -3"), " (Error -3)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_what_is_about_the_file_is_quoted(error, said):
    with pytest.raises(PictureError) as caught, reading_errors("content a", max_pixels=9):
        raise error
    assert str(caught.value) == f"content a is damaged or cut short{said}; get a fresh copy"


def bytes_of(format_, mode="RGB"):
    buffer = io.BytesIO()
    image = (
        Image.fromarray(ramp_of_16_bits()) if mode == "I;16" else random_image(40, 30).convert(mode)
    )
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    options = {} if format_ in {"GIF", "BMP", "PPM", "TGA"} else {"exif": exif}
    if format_ == "TIFF":
        options["compression"] = "tiff_lzw"
    image.save(buffer, format_, **options)
    return buffer.getvalue()


WHOLE = {
    format_: bytes_of(format_, mode)
    for format_, mode in [
        ("PNG", "P"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGBA"),
        ("TIFF", "I;16"),
        ("GIF", "RGB"),
        ("BMP", "RGB"),
        ("PPM", "RGB"),
        ("TGA", "RGB"),
    ]
}


def picture_or_error(path, data):
    path.write_bytes(data)
    try:
        mode = read_rgb(path).mode
    except PictureError as error:
        message = str(error)
    else:
        assert mode == "RGB"
        return
    assert message.startswith(f"picture {path} ")
    assert "\n" not in message


@pytest.mark.parametrize("format_", WHOLE)
def test_a_file_cut_short_anywhere(tmp_path, format_):
    data = WHOLE[format_]
    for end in {*range(0, len(data), max(1, len(data) // 60)), *range(min(40, len(data)))}:
        picture_or_error(tmp_path / "a", data[:end])


@pytest.mark.parametrize("format_", WHOLE)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_file_with_wrong_bytes(tmp_path, format_, data):
    wrong = bytearray(WHOLE[format_])
    for _ in range(data.draw(st.integers(1, 6))):
        wrong[data.draw(st.integers(0, len(wrong) - 1))] = data.draw(st.integers(0, 255))
    picture_or_error(tmp_path / "a", bytes(wrong))


def test_a_truncated_picture_says_so(tmp_path):
    (tmp_path / "a.jpg").write_bytes(WHOLE["JPEG"][:-400])
    assert "cut short" in error_of(tmp_path / "a.jpg")


# Decompression bombs


def bomb(tmp_path, width, height):
    """Write a small BMP whose header claims a size."""
    data = bytearray(WHOLE["BMP"])
    data[18:26] = width.to_bytes(4, "little") + height.to_bytes(4, "little")
    (tmp_path / "bomb.bmp").write_bytes(data)
    return tmp_path / "bomb.bmp"


def test_a_bomb_is_refused_before_decoding(tmp_path):
    message = error_of(bomb(tmp_path, 40_000, 40_000))
    assert str(MAX_PIXELS) in message
    assert "--max-pixels" in message


def test_the_limit_is_exact_on_either_side_of_pillows(tmp_path):
    path = bomb(tmp_path, 20_000, 10_000)
    assert "--max-pixels" in error_of(path, max_pixels=199_999_999)
    assert "cut short" in error_of(path, max_pixels=200_000_000)
    random_image(10, 10).save(tmp_path / "a.png")
    assert "--max-pixels" in error_of(tmp_path / "a.png", max_pixels=99)
    assert read_rgb(tmp_path / "a.png", max_pixels=100).size == (10, 10)
    assert "--max-pixels" in error_of(random_image(10, 10), max_pixels=99)


def test_below_the_limit_pillows_warning_is_silent(tmp_path, monkeypatch):
    random_image(30, 30).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert read_rgb(tmp_path / "a.png", max_pixels=1000).size == (30, 30)
    assert not caught


def test_pillows_guard_is_put_back(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    random_image(30, 30).save(tmp_path / "a.png")
    threads = [threading.Thread(target=read_rgb, args=(tmp_path / "a.png",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    error_of(bomb(tmp_path, 40_000, 40_000))
    assert Image.MAX_IMAGE_PIXELS == 100
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    assert "--max-pixels" in error_of(tmp_path / "a.png", max_pixels=899)


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\n(run) =\n"


def iptc_field(section, dataset, data):
    return bytes([0x1C, section, dataset]) + len(data).to_bytes(2, "big") + data


def test_programs_that_draw_a_picture_are_not_run(tmp_path, capfd):
    """Pillow would give the first two to Ghostscript, and Windows would draw the third."""
    fields = [(3, 20, b"\0\0\0\x14"), (3, 30, b"\0\0\0\x14"), (3, 60, b"\1\0"), (3, 120, b"\1")]
    inside = b"".join(iptc_field(*field) for field in [*fields, (8, 10, POSTSCRIPT)])
    frame = (0, 0, 2000, 2000)  # of 20 mm, whose unit is 0.01 mm
    metafile = struct.pack("<10i4s36x", 1, 88, 0, 0, 20, 20, *frame, b" EMF")
    for name, data, words in (
        ("a.png", POSTSCRIPT, "is a PostScript program, which Ghostscript would run"),
        ("b.jpg", inside, "is an IPTC record, which may hold such a program"),
        ("c.tif", metafile, "is a list of drawing commands, which Windows would run"),
    ):
        (tmp_path / name).write_bytes(data)
        assert f"{name} {words}; convert it to PNG" in error_of(tmp_path / name)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("reason", ["unknown PCX mode", "Unsupported BMP bitfields layout"])
def test_a_kind_that_pillow_does_not_decode_is_not_called_damaged_alone(reason):
    with (
        pytest.raises(PictureError, match=r"^content is damaged, or of a kind that is not supp"),
        reading_errors("content", max_pixels=1),
    ):
        raise OSError(reason)
