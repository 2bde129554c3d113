"""A film's file and its stream of pictures."""

import io
from fractions import Fraction
from pathlib import Path

import films
import numpy as np
import pytest
from wine import IS_WINE
from written_films import frames_at, plain_clip, read

pytest.importorskip("av")

import av

from ortstyle.video.media.encoder_choice import choose_encoder
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.film_file import PictureStream, frame_of, open_film, start
from ortstyle.video.media.film_times import timed
from ortstyle.video.media.output_formats import format_of

TICK = Fraction(1, 12800)


def write(path, frames, *, codec="auto", size=films.SIZE):
    clip = plain_clip(path, kind="video")
    choice = choose_encoder(path, clip, FilmEncoding(codec=codec))
    with open_film(path, format_of(path)) as container:
        pictures = PictureStream.add(
            container,
            choice,
            size=size,
            rate=Fraction(25),
            tick=TICK,
            tags={"language": "deu"},
            are_summed=True,
        )
        start(container)
        for frame in timed(frames, TICK, Fraction(0), rate=Fraction(25)):
            pictures.write(frame)
        pictures.finish()
    return path


def test_times_and_lengths_are_exact_with_b_frames(tmp_path):
    times = [Fraction(k, 100) for k in (0, 4, 8, 20, 21, 22, 60, 64, 68, 72, 90, 91)]
    path = write(tmp_path / "a.mp4", frames_at(times, duration=Fraction(1, 2)))
    film = read(path)
    assert film.times == times
    assert [films.index_of(frame) for frame in film.frames] == list(range(12))
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        assert video.duration * video.time_base == times[-1] + Fraction(1, 2)
        assert video.codec_context.has_b_frames
        assert video.sample_aspect_ratio == 1
        assert video.metadata["language"] == "deu"


@pytest.mark.skipif(IS_WINE, reason="Wine's C library shows late what was written before")
def test_encoders_say_nothing_themselves(tmp_path, capfd):
    for codec in ("hevc", "av1"):
        write(tmp_path / f"{codec}.mp4", frames_at([0, Fraction(1, 25)]), codec=codec)
    assert capfd.readouterr() == ("", "")


def test_a_file_is_closed_after_an_error(tmp_path):
    path = tmp_path / "a.mp4"
    with pytest.raises(ZeroDivisionError), open_film(path, format_of(path)):
        raise ZeroDivisionError
    path.unlink(missing_ok=True)  # Windows removes no file that is open


def test_a_film_may_be_a_file_object():
    file = io.BytesIO()
    with open_film(file, format_of(Path("a.mkv"))) as container:
        container.add_stream("ffv1", rate=25)
        start(container)
    assert file.getvalue()[:4] == b"\x1aE\xdf\xa3"


def test_rows_of_planes_are_padded_as_ffmpeg_asks():
    planes = [np.full((3, 5), 7, np.uint16), np.full((2, 3), 8, np.uint16)]
    frame = frame_of([planes[0], planes[1], planes[1]], (5, 3), "yuv420p10le")
    assert frame.planes[0].line_size > 10
    rows = np.frombuffer(memoryview(frame.planes[0]), np.uint16).reshape(3, -1)
    assert (rows[:, :5] == 7).all()
    assert (rows[:, 5:] == 0).all()
