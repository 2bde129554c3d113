"""GIF, APNG and WebP, read back with Pillow."""

from fractions import Fraction

import films
import numpy as np
import pytest
from PIL import Image, ImageSequence
from written_films import frames_at, plain_clip

pytest.importorskip("av")

import av

from ortstyle.video.media.animation_writer import write_animation
from ortstyle.video.media.encoder_choice import choose_encoder
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_formats import format_of


def write(path, frames, *, rate=25, bits=8, size=films.SIZE):
    choice = choose_encoder(path, plain_clip(path, bits=bits), FilmEncoding())
    write_animation(path, frames, choice, format_of(path), size=size, rate=Fraction(rate))
    return path


def shown(path):
    """Return the frames' milliseconds and pixels, and how often they are repeated."""
    with Image.open(path) as image:
        found = [
            (np.asarray(frame.convert("RGB")), round(frame.info["duration"], 3))
            for frame in ImageSequence.Iterator(image)
        ]
        return [one for _, one in found], [pixels for pixels, _ in found], image.info.get("loop")


@pytest.mark.parametrize("suffix", [".gif", ".apng", ".webp"])
def test_times_vary_as_they_do_in_the_film(tmp_path, suffix):
    times = [Fraction(k, 100) for k in (500, 504, 512, 550)]  # begins late in its clip
    frames = frames_at(times, duration=Fraction(1, 25))
    durations, frames, loop = shown(write(tmp_path / f"a{suffix}", frames))
    assert durations == [40, 80, 380, 40]
    assert [films.index_of(pixels) for pixels in frames] == [0, 1, 2, 3]
    assert loop == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"a{suffix}"]


@pytest.mark.parametrize("suffix", [".gif", ".apng", ".webp"])
@pytest.mark.parametrize("size", [(1, 1), (17, 9)])
def test_one_frame_and_odd_sizes(tmp_path, suffix, size):
    path = write(tmp_path / f"a{suffix}", frames_at([0], size), size=size)
    with Image.open(path) as image:
        assert image.size == size
        assert getattr(image, "n_frames", 1) == 1


def test_delays_of_a_gif_do_not_add_up_to_an_error(tmp_path):
    times = [Fraction(k, 30) for k in range(15)]
    durations, *_ = shown(write(tmp_path / "a.gif", frames_at(times), rate=30))
    assert set(durations) == {30, 40}
    assert sum(durations) == 500


def test_a_gif_leaves_out_what_browsers_would_slow_down(tmp_path):
    times = [Fraction(k, 100) for k in range(10)]
    durations, frames, _ = shown(write(tmp_path / "a.gif", frames_at(times), rate=100))
    assert durations == [20] * 5
    assert [films.index_of(pixels) for pixels in frames] == [0, 2, 4, 6, 8]


def test_apng_is_lossless_also_in_16_bits(tmp_path):
    frames = frames_at([0, Fraction(1, 25)], depth=16)
    for frame in frames:
        frame.pixels[0, 0] = 12345
    with av.open(str(write(tmp_path / "a.apng", frames, bits=16))) as file:
        found = [frame.to_ndarray(format="rgb48le") for frame in file.decode(video=0)]
    for pixels, frame in zip(found, frames, strict=True):
        assert (pixels == frame.pixels).all()


def test_a_gif_of_few_colours_is_lossless(tmp_path):
    _, frames, _ = shown(write(tmp_path / "a.gif", frames_at([0, Fraction(1, 25)])))
    for index, pixels in enumerate(frames):
        assert (pixels == films.frame(index)).all()
