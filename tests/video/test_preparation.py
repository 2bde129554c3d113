"""What is found out before a film is painted."""

from fractions import Fraction
from pathlib import Path

import films
import pytest
from painted_films import order, place, settings

from ortstyle.errors import FilmError, OutputError, PictureError, SettingsError
from ortstyle.runtime.cache import Cache
from ortstyle.video.preparation import prepare

__all__ = ["place"]


@pytest.fixture
def prepared(place):
    """Return a function that prepares a film; all are closed in the end."""
    made = []

    def make(**changes):
        made.append(prepare(order(**changes), "cpu", Cache()))
        return made[-1]

    yield make
    for each in made:
        each.folder.close()


def test_the_size_is_that_which_the_codec_takes(prepared, place):
    films.write_film(place / "clip.mp4", size=(66, 50))
    found = prepared(settings=settings(size=33), output=Path("out.mp4"))
    assert found.size == (32, 24)
    assert found.order.settings.size == 32


def test_the_clip_s_own_size_may_be_kept(prepared):
    assert prepared().size == (64, 48)


def test_an_enlargement_is_told(prepared):
    assert prepared().notices == ()
    (notice,) = prepared(settings=settings(size=128), output=Path("b.mkv")).notices
    assert "enlarged from 64 to 128" in notice


def test_a_part_is_counted_from_the_first_frame(prepared, place):
    films.write_film(place / "clip.mkv", times=[Fraction(2 + k, 1) for k in range(8)], rate=1)
    part = {"source": Path("clip.mkv"), "begin": Fraction(2), "end": Fraction(4)}
    found = prepared(**part)
    assert found.clip.start == 2
    assert found.span == (4, 6)
    assert found.expected_frames == pytest.approx(2, abs=1)


def test_the_frames_of_the_whole_clip_are_expected(prepared):
    assert prepared().expected_frames == 6


def test_a_drawn_seed_is_told_and_stays(prepared, place):
    first = prepared(settings=settings(seed=-1))
    seed = first.order.settings.seed
    assert any(f"--seed {seed}" in notice for notice in first.notices)
    first.folder.close()
    assert prepared(settings=settings(seed=-1)).order.settings.seed == seed


def test_another_command_does_not_go_on_with_the_folder(prepared):
    prepared().folder.close()
    with pytest.raises(FilmError, match="another film"):
        prepared(styles=(Path("blue.png"),))
    assert prepared(styles=(Path("blue.png"),), restart=True).folder.source_count == 0


def test_a_rate_is_refused_where_the_clip_has_its_own(prepared):
    with pytest.raises(SettingsError, match="--rate"):
        prepared(rate=Fraction(12))


def test_times_of_styles_and_rates_belong_to_the_film(prepared, place):
    films.write_pictures(place / "shots")
    plain = {"source": Path("shots"), "rate": Fraction(10)}
    at = {"style_times": ((Fraction(1), Path("blue.png")),)}
    prepared(**plain, **at).folder.close()
    with pytest.raises(FilmError, match="rate"):
        prepared(source=Path("shots"), rate=Fraction(12), **at)
    with pytest.raises(FilmError, match="style times"):
        prepared(**plain, style_times=((Fraction(2), Path("blue.png")),))
    prepared(**plain, **at)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"source": Path("none.mp4")}, FilmError),
        ({"source": Path("red.png")}, FilmError),
        ({"styles": (Path("none.png"),)}, PictureError),
        ({"styles": (Path("clip.mp4"),)}, PictureError),
        ({"output": Path("clip.mp4")}, OutputError),
        ({"output": Path("none/out.mp4")}, OutputError),
        ({"output": Path("out.txt")}, OutputError),
        ({"masks": ("none.png",)}, FilmError),
        ({"style_masks": ("none.png",)}, PictureError),
        ({"layers": (("none", 1.0),)}, SettingsError),
    ],
)
def test_what_is_wrong_is_found_out_before_the_work(place, changes, error):
    wrong = settings(
        content_mask=changes.pop("masks", ()),
        style_mask=changes.pop("style_masks", ()),
        style_layers=changes.pop("layers", settings().style_layers),
    )
    with pytest.raises(error) as caught:
        prepare(order(settings=wrong, **changes), "cpu", Cache())
    assert "\n" not in str(caught.value)
    assert not (place / "out.mkv.frames").exists()


def test_frames_that_the_network_does_not_take_are_told(place):
    with pytest.raises(PictureError, match="small"):
        prepare(order(settings=settings(size=2)), "cpu", Cache())
