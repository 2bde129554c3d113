"""The options of `ortstyle video`: what they ask for."""

from fractions import Fraction
from pathlib import Path

import pytest
from commands import refusal_of

from ortstyle.cli import video_run
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding


@pytest.fixture
def asked(folder, monkeypatch):
    """Return a list that receives the commands instead of their being carried out."""
    found = []
    monkeypatch.setattr(video_run, "run_video", found.append)
    return found


def order_of(call, asked, *arguments):
    code, _, error = call("video", *arguments)
    assert code == 0, error
    return asked[-1].order


def test_a_clip_and_a_painting_suffice(call, asked):
    order = order_of(call, asked, "photo.png", "painting.png")
    assert order.source == Path("photo.png")
    assert order.styles == (Path("painting.png"),)
    assert order.output == Path("photo-painting.mp4")
    assert order.work_folder == Path("photo-painting.mp4.frames")
    assert (order.film, order.encoding) == (FilmSettings(), FilmEncoding())
    assert (order.keep, order.restart, order.begin, order.end) == ("nothing", False, None, None)


def test_options_of_pictures_frames_and_files(call, asked):
    options = ["--size", "content", "--every", "3", "--loop", "--codec", "ffv1", "--no-audio"]
    order = order_of(call, asked, "c.mov", "a.jpg", "-o", "x.mkv", *options)
    assert order.settings.size == "content"
    assert order.film == FilmSettings(every=3, loop=True)
    assert order.encoding == FilmEncoding(codec="ffv1", audio=False)


def test_a_draft(call, asked):
    order = order_of(call, asked, "c.mp4", "a.jpg", "--from", "0:12", "--to", "0:15.5")
    assert (order.begin, order.end) == (12, Fraction(31, 2))


def test_styles_along_the_film(call, asked):
    times = ["--style-at", "0:00", "a.jpg", "--style-at", "0:10", "b c.jpg"]
    order = order_of(call, asked, "c.mp4", *times)
    assert order.styles == ()
    assert order.style_times == ((0, Path("a.jpg")), (10, Path("b c.jpg")))
    assert order.output == Path("c-a.mp4")
    order = order_of(call, asked, "c.mp4", "a.jpg", "--style-at", "5", "b.jpg")
    assert order.styles == (Path("a.jpg"),)


def test_masks_folders_and_rates(call, asked):
    masks = ["--content-mask", "m.mp4", "--content-mask", "-"]
    more = ["--folder", "work", "--keep-frames", "--restart", "--rate", "24000/1001"]
    order = order_of(call, asked, "shots", "a.jpg", "b.jpg", *masks, *more)
    assert order.settings.content_mask == ("m.mp4", "")
    assert order.work_folder == Path("work")
    assert (order.keep, order.restart) == ("all", True)
    assert order.rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["c.mp4"], "no style"),
        (["c.mp4", "a.jpg", "--from", "x"], "--from"),
        (["c.mp4", "a.jpg", "--from", "5", "--to", "4"], "--to"),
        (["c.mp4", "a.jpg", "--rate", "0"], "--rate"),
        (["c.mp4", "--style-at", "5"], "--style-at"),
        (["c.mp4", "a.jpg", "--init", "x.png"], "--init"),
        (["c.mp4", "a.jpg", "--every", "0"], "--every"),
        (["c.mp4", "a.jpg", "--checkpoint", "x"], "No such option"),
        (["c.mp4", "a.jpg", "--codec", "mpeg1"], "--codec"),
        ([], "CLIP"),
    ],
)
def test_what_is_wrong_is_one_line(call, folder, arguments, message):
    code, out, error = call("video", *arguments)
    assert code == 2
    assert out == ""
    assert len(error.splitlines()) == 1
    assert message.lower() in error.lower()


def test_the_extra_is_named_if_it_is_missing(call, folder, monkeypatch):
    monkeypatch.setattr(video_run, "find_spec", lambda _: None)
    found = refusal_of(call, 1, "video", "photo.png", "painting.png")
    assert 'pip install "ortstyle[video]"' in found
