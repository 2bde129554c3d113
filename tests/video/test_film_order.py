"""What is asked of a film, and what contradicts itself."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from ortstyle.errors import SettingsError
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder

A, B = Path("a.jpg"), Path("b.jpg")


def order(**changes):
    plain = {"source": Path("clip.mp4"), "styles": (A,), "output": Path("x/out.mp4")}
    return FilmOrder(**plain | changes)


def at(*entries):
    return tuple((Fraction(time), path) for time, path in entries)


@pytest.mark.parametrize(
    ("output", "folder"),
    [
        ("x/out.mp4", "x/out.mp4.frames"),
        ("x/frame-%05d.png", "x/frame-05d.png.frames"),
        ("x/frames", "x/frames.frames"),
    ],
)
def test_frames_are_kept_beside_the_output(output, folder):
    assert order(output=Path(output)).work_folder == Path(folder)


def test_another_folder_may_be_named():
    assert order(folder=Path("y")).work_folder == Path("y")


def test_a_style_at_the_beginning_may_precede_those_by_time():
    found = order(style_times=at((10, B), (20, A)))
    assert found.styles_over_time.at(Fraction(5)) == ((A, B), (0.5, 0.5))
    assert found.all_styles == (A, B)


def test_styles_by_time_may_stand_alone():
    found = order(styles=(), style_times=at((10, B)))
    assert found.styles_over_time.at(Fraction(0))[0] == (B,)
    assert order().styles_over_time is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"styles": ()}, "no style"),
        ({"begin": Fraction(15), "end": Fraction(12)}, r"--to 0:12 .* --from 0:15"),
        ({"end": Fraction(0)}, r"--to 0:00"),
        ({"settings": Settings(init="x.png")}, r"--init x.png"),
        ({"settings": Settings(style_blend=(1, 2))}, "--style-blend"),
        ({"settings": Settings(style_scale=(1, 2))}, "--style-scale"),
        ({"settings": Settings(content_mask=("a", "b"))}, "--content-mask"),
        ({"settings": Settings(style_mask=("a", "b"))}, "--style-mask"),
        ({"styles": (A, B), "style_times": at((1, A))}, "--style-at"),
        ({"style_times": at((0, B))}, "two styles"),
        ({"style_times": at((1, B)), "settings": Settings(content_mask=("m",))}, "--content-mask"),
        ({"style_times": at((1, B)), "settings": Settings(style_scale=(1,))}, "--style-scale"),
    ],
)
def test_what_contradicts_itself_is_refused_in_one_line(changes, message):
    with pytest.raises(SettingsError, match=message) as caught:
        order(**changes)
    assert "\n" not in str(caught.value)


def test_other_settings_are_checked_again():
    with pytest.raises(SettingsError, match="--init"):
        replace(order(), settings=Settings(init="x.png"))
