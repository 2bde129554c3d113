"""Films from strangers: what they are, and frames of them."""

from fractions import Fraction

import pytest
from PIL import Image

from ortstyle.errors import FilmError

pytest.importorskip("av")

from films import frame, index_of, write_film

from ortstyle.studio.pictures.film_decoding import FilmDecoder, film_suffix


@pytest.fixture
def decoder():
    return FilmDecoder(10**6)


def shown(decoder, path, tmp_path, at, side=64):
    import numpy as np

    decoder.frame(path, tmp_path / "out.jpg", at=at, side=side)
    return np.asarray(Image.open(tmp_path / "out.jpg"))


def test_a_film_says_what_it_is(decoder, tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=8, rate=25, sound=True)
    found = decoder.inspect(path)
    assert found["suffix"] == ".mp4"
    assert (found["width"], found["height"], found["rate"]) == (64, 48, 25.0)
    assert found["sound"]
    assert found["seconds"] == pytest.approx(8 / 25, abs=0.05)
    assert found["frames"] == 8


@pytest.mark.parametrize(
    ("at", "index"), [(0.0, 0), (0.039, 0), (0.04, 1), (0.1999, 5), (0.12, 3), (0.28, 7), (99, 7)]
)
def test_the_frame_of_a_moment(decoder, tmp_path, at, index):
    path = write_film(tmp_path / "a.mp4", frames=8, rate=25)
    assert index_of(shown(decoder, path, tmp_path, at)) == index


def test_a_frame_that_stays_long_is_seen_till_the_next(decoder, tmp_path):
    times = [Fraction(0), Fraction(1, 10), Fraction(6), Fraction(61, 10)]
    path = write_film(tmp_path / "a.mkv", times=times)
    assert [index_of(shown(decoder, path, tmp_path, at)) for at in (0.05, 5.9, 6.01, 7)] == [
        0, 1, 2, 3,
    ]  # fmt: skip


def test_a_frame_is_as_small_as_asked_and_never_larger_than_the_film(decoder, tmp_path):
    path = write_film(tmp_path / "a.mp4", frames=2)
    assert shown(decoder, path, tmp_path, 0, side=32).shape == (24, 32, 3)
    assert shown(decoder, path, tmp_path, 0, side=2048).shape == (48, 64, 3)


def test_a_still_has_all_pixels(decoder, tmp_path):
    path = write_film(
        tmp_path / "a.mkv",
        frames=3,
        codec="ffv1",
        pix_fmt="bgr0",
        pictures=[frame(k) for k in (4, 5, 6)],
    )
    decoder.still(path, tmp_path / "out.png", at=0.04)
    image = Image.open(tmp_path / "out.png")
    assert (image.size, image.mode) == ((64, 48), "RGB")
    import numpy as np

    assert (np.asarray(image) == frame(5)).all()


def test_what_is_no_film_is_refused(decoder, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    with pytest.raises(FilmError):
        decoder.inspect(path)
    path.write_text("no film")
    with pytest.raises(FilmError):
        decoder.frame(path, tmp_path / "out.jpg", at=0, side=64)
    assert not (tmp_path / "out.jpg").exists()


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"\0\0\0\x18ftypmp42", ".mp4"),
        (b"\0\0\0\x14ftypqt  ", ".mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", ".mov"),
        (b"\x1aE\xdf\xa3 matroska", ".mkv"),
        (b"\x1aE\xdf\xa3 webm", ".webm"),
        (b"RIFF\0\0\0\0AVI ", ".avi"),
        (b"G" + bytes(187), ".ts"),
        (b"?", ".film"),
        (b"", ".film"),
    ],
)
def test_suffixes_follow_from_the_first_bytes(tmp_path, head, suffix):
    path = tmp_path / "film"
    path.write_bytes(head)
    assert film_suffix(path) == suffix
