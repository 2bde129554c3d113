"""Pictures and copied streams in step."""

from fractions import Fraction

import films
import numpy as np
import pytest
from written_films import clip_of, frames_at

pytest.importorskip("av")

import av

from ortstyle.video.media import film_writer
from ortstyle.video.media.encoding import FilmEncoding


def test_sound_lies_beside_the_pictures_of_its_time(tmp_path):
    """A player that reads the file once needs both within a moment."""
    path = films.write_film(tmp_path / "clip.mkv", frames=20, rate=7, sound=True)
    clip = clip_of(path)
    times = [Fraction(k, 7) for k in range(20)]
    film_writer.write(
        tmp_path / "a.mkv",
        (frame for frame in frames_at(times)),
        clip,
        size=films.SIZE,
        encoding=FilmEncoding(codec="ffv1"),
        begin=None,
        end=None,
        progress=None,
        tags={},
    )
    latest = {"video": 0.0, "audio": 0.0}
    with av.open(str(tmp_path / "a.mkv")) as file:
        for packet in file.demux():
            if packet.pts is not None:
                latest[packet.stream.type] = float(packet.pts * packet.time_base)
                assert abs(latest["video"] - latest["audio"]) < 0.5
    assert latest["video"] == pytest.approx(19 / 7, abs=0.001)
    assert latest["audio"] == pytest.approx(20 / 7, abs=0.05)


RATE = 48_000
CLICK = Fraction(1, 2)  # seconds at which it begins


def write_click(path, codec):
    """Write a film of 20 frames in which a click is heard, and return its record."""
    sound = np.zeros(RATE, np.float32)
    start = round(CLICK * RATE)
    sound[start : start + 200] = 0.9 * np.sin(0.6 * np.arange(200))
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=25)
        video.width, video.height = films.SIZE
        audio = file.add_stream(codec, RATE)
        audio.codec_context.layout = "mono"
        kind = audio.codec_context.format.name
        for index in range(20):
            image = av.VideoFrame.from_ndarray(films.frame(index), format="rgb24")
            image.pts, image.time_base = index, Fraction(1, 25)
            file.mux(video.encode(image))
        file.mux(video.encode())
        for begin in range(0, RATE, 960):
            part = sound[None, begin : begin + 960]
            part = part if kind == "fltp" else np.round(part * 32767).astype(np.int16)
            one = av.AudioFrame.from_ndarray(part, format=kind, layout="mono")
            one.sample_rate, one.pts, one.time_base = RATE, begin, Fraction(1, RATE)
            file.mux(audio.encode(one))
        file.mux(audio.encode())
    return clip_of(path)


def heard_at(path):
    """Return when the click begins, in seconds after the first picture."""
    with av.open(str(path)) as file:
        first = next(file.decode(video=0))
        shown = float(first.pts * first.time_base)
    with av.open(str(path)) as file:
        for one in file.decode(audio=0):
            samples = one.to_ndarray().astype(float).ravel()
            samples /= 1 if one.format.name == "fltp" else 32767
            if (abs(samples) > 0.3).any():
                return float(one.pts * one.time_base) + np.argmax(abs(samples) > 0.3) / RATE - shown
    return None


@pytest.mark.parametrize("begin", [None, Fraction(7, 25)])
@pytest.mark.parametrize(
    ("source", "codec", "target"),
    [
        ("clip.mp4", "aac", "a.mp4"),
        ("clip.mp4", "aac", "a.mkv"),
        ("clip.mkv", "aac", "a.mp4"),
        ("clip.mkv", "aac", "a.mkv"),
        ("clip.mkv", "libopus", "a.webm"),
        ("clip.mp4", "libopus", "a.mkv"),
        ("clip.mkv", "libopus", "a.mp4"),
    ],
)
def test_what_is_heard_and_what_is_seen_stay_together(tmp_path, source, codec, target, begin):
    clip = write_click(tmp_path / source, codec)
    times = [Fraction(k, 25) for k in range(20) if begin is None or Fraction(k, 25) >= begin]
    film_writer.write(
        tmp_path / target,
        frames_at(times),
        clip,
        size=films.SIZE,
        encoding=FilmEncoding(),
        begin=begin,
        end=None,
        progress=None,
        tags={},
    )
    assert heard_at(tmp_path / source) == pytest.approx(float(CLICK), abs=0.001)
    assert heard_at(tmp_path / target) == pytest.approx(float(CLICK - (begin or 0)), abs=0.001)
