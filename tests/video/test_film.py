"""A film from its clip to its file: frames, times, sound, going on, and what it tells."""

from fractions import Fraction
from itertools import count
from pathlib import Path

import films
import numpy as np
import pytest
from painted_films import (
    duration_of,
    frames_of,
    lossless,
    order,
    paint,
    paint_plainly,
    place,
    settings,
    times,
)

from ortstyle.errors import FilmError, OutputError
from ortstyle.settings.film import FilmSettings
from ortstyle.video.film import stylize_film
from ortstyle.video.frames.film_folder import FilmFolder

__all__ = ["place"]


@pytest.fixture
def painted(place, monkeypatch):
    return paint_plainly(monkeypatch)


def phases(told):
    return list(dict.fromkeys(progress.phase for progress in told))


def test_a_film_has_the_frames_times_and_sound_of_its_clip(painted):
    told = paint(order(output=Path("out.mp4")))
    assert phases(told) == ["reading", "painting", "writing"]
    shown, pixels = frames_of("out.mp4")
    assert [round(float(time), 3) for time in shown] == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert pixels[0].shape == (48, 64, 3)
    assert duration_of("out.mp4", "audio") == pytest.approx(
        duration_of("clip.mp4", "audio"), abs=0.03
    )
    assert painted == [(index, 1) for index in range(6)]


def test_each_frame_is_painted_from_its_own_source(painted):
    paint(lossless())
    _, pixels = frames_of("out.mkv")
    redness = [frame[..., 0].mean() for frame in pixels]
    assert redness == sorted(redness)
    assert len(set(redness)) == 6


def test_the_folder_is_gone_once_the_film_is_written(painted, place):
    paint(order())
    assert not (place / "out.mkv.frames").exists()


def test_frames_may_be_kept_and_the_film_written_again(painted, place):
    paint(lossless(keep="all"))
    _, first = frames_of("out.mkv")
    (place / "out.mkv").unlink()
    told = paint(lossless(keep="all"))
    assert phases(told) == ["writing"]
    assert np.array_equal(frames_of("out.mkv")[1], first)
    assert len(painted) == 6


@pytest.mark.parametrize("step", [2, 7, 10])
def test_a_film_that_was_stopped_goes_on_to_the_same_frames(painted, place, step):
    paint(lossless(film=FilmSettings(every=2)))
    whole = frames_of("out.mkv")
    (place / "out.mkv").unlink()
    painted.clear()
    steps = count()
    paint(lossless(film=FilmSettings(every=2)), until=lambda _: next(steps) >= step)
    assert not (place / "out.mkv").exists()
    paint(lossless(film=FilmSettings(every=2)))
    shown, pixels = frames_of("out.mkv")
    assert shown == whole[0]
    assert np.array_equal(pixels, whole[1])
    assert len(painted) == len(set(painted))


def test_passes_are_counted_each(painted):
    told = paint(order(film=FilmSettings(passes=2)))
    assert [p.done for p in told if p.phase == "painting"] == list(range(13))
    assert {p.count for p in told if p.phase == "painting"} == {12}
    assert painted[6:] == [(index, 2) for index in range(6)]


def test_every_third_frame_is_painted_and_the_last(painted):
    told = paint(order(film=FilmSettings(every=3)))
    assert [index for index, _ in painted] == [0, 3, 5]
    assert [p.index for p in told if p.phase == "between"] == [1, 2, 4]
    assert len(frames_of("out.mkv")[0]) == 6


def test_a_part_begins_at_zero_with_its_sound(painted):
    paint(order(begin=Fraction(2, 25), end=Fraction(5, 25)))
    shown, pixels = frames_of("out.mkv")
    assert len(pixels) == 3
    assert [round(float(time), 3) for time in shown] == [0, 0.04, 0.08]
    assert duration_of("out.mkv", "audio") == pytest.approx(0.12, abs=0.05)


def test_a_film_of_one_frame(painted, place):
    films.write_film(place / "clip.mp4", frames=1)
    paint(order())
    assert len(frames_of("out.mkv")[0]) == 1


def test_variable_rates_are_kept(painted, place):
    films.write_film(place / "clip.mp4", times=times(0, 1, 5, 6, 20))
    paint(order())
    shown, _ = frames_of("out.mkv")
    assert [round(float(time), 3) for time in shown] == [0, 0.04, 0.2, 0.24, 0.8]


def test_styles_blend_along_the_film(painted):
    entries = ((Fraction(0), Path("red.png")), (Fraction(5, 25), Path("green.png")))
    paint(lossless(styles=(), style_times=entries))
    _, pixels = frames_of("out.mkv")
    reference = lossless(output=Path("plain.mkv"))
    paint(reference)
    _, plain = frames_of("plain.mkv")
    greener = [a[..., 1].mean() - b[..., 1].mean() for a, b in zip(pixels, plain, strict=True)]
    assert greener[0] == pytest.approx(0, abs=0.1)
    assert np.all(np.diff(greener) > 5)


def test_a_part_has_the_styles_that_the_whole_film_has_there(painted):
    entries = ((Fraction(0), Path("red.png")), (Fraction(5, 25), Path("green.png")))
    paint(lossless(styles=(), style_times=entries, keep="all"))
    part = lossless(
        styles=(), style_times=entries, begin=Fraction(4, 25), output=Path("b.mkv"), keep="all"
    )
    paint(part)
    with FilmFolder.open(Path("out.mkv.frames")) as a, FilmFolder.open(Path("b.mkv.frames")) as b:
        whole, alone = a.painted(4) - 0.1 * a.painted(3), b.painted(0)
    assert np.abs(whole - alone).max() < 0.02


def test_the_film_so_far_ends_where_painting_has_ended(painted, place):
    with stylize_film(order(), device="cpu") as film:
        while not film.painted_count >= 3:
            next(film)
        told = list(film.write_so_far())
    assert [p.done for p in told] == [1, 2, 3]
    assert len(frames_of("out.mkv")[0]) == 3
    assert duration_of("out.mkv", "audio") == pytest.approx(0.12, abs=0.05)
    assert (place / "out.mkv.frames").exists()


def test_the_film_so_far_has_frames_between(painted):
    with stylize_film(order(film=FilmSettings(every=2)), device="cpu") as film:
        while len(painted) < 3:
            next(film)
        assert film.painted_count == 1
        list(film.write_so_far())
    assert len(frames_of("out.mkv")[0]) == 5


def test_without_a_painted_frame_no_film_is_written(painted, place):
    with stylize_film(order(), device="cpu") as film:
        next(film)
        assert list(film.write_so_far()) == []
    assert not (place / "out.mkv").exists()


def test_a_mask_film_moves(painted, place):
    pictures = [np.zeros((48, 64, 3), np.uint8) for _ in range(6)]
    for index, picture in enumerate(pictures):
        picture[:, 8 * index : 8 * index + 8] = 255
    films.write_film(place / "mask.mkv", pictures=pictures, frames=6, codec="ffv1", pix_fmt="bgr0")
    masks = settings(content_mask=("mask.mkv", ""))
    styles = (Path("green.png"), Path("blue.png"))
    paint(lossless(styles=styles, settings=masks, keep="all"))
    with FilmFolder.open(place / "out.mkv.frames") as folder:
        for index in (0, 4):
            pixels = folder.painted(index)
            columns = pixels[..., 1].mean(0)
            assert columns.argmax() // 8 == index


def test_colors_are_matched_once_a_scene(painted, place):
    matched = settings(colors="match-linear")
    paint(lossless(settings=matched, keep="all"))
    with FilmFolder.open(place / "out.mkv.frames") as folder:
        sources = [folder.source(k).astype(np.float32) for k in range(6)]
        rest = [
            folder.painted(k) - 0.5 * sources[k] - (0.1 * folder.painted(k - 1) if k else 0)
            for k in range(6)
        ]
    assert np.abs(rest[5] - rest[0]).max() < 0.05


def test_provenance_is_in_the_file_without_folders(painted, place):
    import av

    paint(order(styles=(place / "red.png",)))
    with av.open("out.mkv") as file:
        text = " ".join(file.metadata.values())
    assert '"temporal_weight"' in text
    assert str(place) not in text


def test_what_is_told_beforehand(painted):
    with stylize_film(order(), device="cpu") as film:
        clip, estimate = film.summary(measured=True)
        assert "25 frames a second" in clip
        assert "6 frames of 64×48" in estimate
        assert "out.mkv.frames" in estimate
        for progress in film:
            if progress.phase == "painting" and progress.done == 2:
                break
        assert progress.seconds_each == 0.5
        assert progress.seconds_left == 2.0
        assert progress.thumbnail((32, 32)).size == (32, 24)
    with stylize_film(order(), device="cpu") as film:
        assert "6 frames are read and 2 painted" in film.summary()[1]


def test_a_part_after_the_end_is_refused(place):
    with pytest.raises(FilmError, match="--from"):
        paint(order(begin=Fraction(10)))
    assert not (place / "out.mkv.frames").exists()


def test_a_disk_that_is_too_small_keeps_no_folder(place, monkeypatch):
    def refuse(prepared):
        raise OutputError("no room")

    monkeypatch.setattr("ortstyle.video.film.check_disk", refuse)
    with pytest.raises(OutputError, match="no room"):
        stylize_film(order(), device="cpu")
    assert not (place / "out.mkv.frames").exists()


def test_a_notice_is_not_told_again_with_the_file(painted, place):
    films.write_film(place / "sound.mp4", frames=2, sound=True)
    sound = order(source=Path("sound.mp4"), output=Path("out.gif"))
    with stylize_film(sound, device="cpu") as film:
        assert ".gif holds no sound" in film.notices
        list(film)
    assert film.file_notices == ()


def test_a_folder_is_one_process_s(painted):
    with stylize_film(order(), device="cpu"), pytest.raises(FilmError, match="in use"):
        stylize_film(order(), device="cpu")
