"""What each frame of a film is painted with."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import film_folders
import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.pictures.read import read_rgb
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.palettes import Palettes

A, B = Path("a.png"), Path("b.png")
SIZE = (16, 12)
START = Fraction(3)
LEVELS = (40, 60, 200, 220)  # of the frames; the third begins a scene


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path, color in ((A, "red"), (B, "blue")):
        Image.new("RGB", (20, 20), color).save(path)
    with film_folders.film_in(tmp_path, size=SIZE) as found:
        for index, level in enumerate(LEVELS):
            pixels = np.full((SIZE[1], SIZE[0], 3), level, np.uint8)
            found.put_source(index, pixels, START + index, None, is_cut=index == 2)
        yield found


def palettes(folder, masks=None, **changes):
    changes = {"settings": Settings(size=16)} | changes
    order = FilmOrder(source=Path("c.mp4"), styles=(A, B), output=Path("o.mp4"))
    return Palettes(replace(order, **changes), folder, masks, start=START)


def test_the_same_styles_count_for_the_whole_film(folder):
    found = palettes(folder, settings=Settings(style_blend=(1, 3)))
    assert found.at(3).styles == (A, B)
    assert found.at(3).weights == (0.25, 0.75)
    assert found.at(3).masks is None
    assert found.settings == Settings()


def test_styles_change_by_the_time_from_the_first_frame_of_the_clip(folder):
    found = palettes(folder, styles=(A,), style_times=((Fraction(2), B),))
    assert [found.at(k).styles for k in range(4)] == [(A,), (A, B), (B,), (B,)]
    assert found.at(1).weights == (0.5, 0.5)


class Masks(SimpleNamespace):
    def visible(self, index):
        return [1] if index == 2 else [0, 1]

    def of_frame(self, index):
        return [f"mask {index}", None]


def test_a_style_without_room_is_left_out_of_a_frame(folder):
    masked = Settings(content_mask=("m.mp4", ""), style_blend=(1, 3))
    found = palettes(folder, Masks(), settings=masked)
    assert found.at(1).masks == ("mask 1", None)
    assert found.at(2).styles == (B,)
    assert found.at(2).weights == (0.75,)
    assert found.settings.content_mask == ()


def test_settings_for_each_style_need_room_for_each(folder):
    masked = Settings(content_mask=("m.mp4", ""), style_scale=(1, 2))
    found = palettes(folder, Masks(), settings=masked)
    assert len(found.at(1).styles) == 2
    with pytest.raises(SettingsError, match=r"--style-scale .* at 0:02"):
        found.at(2)


@pytest.mark.parametrize("colors", ["match-linear", "match-histogram"])
def test_styles_take_the_colors_of_the_first_frame_of_each_scene(folder, colors):
    found = palettes(folder, settings=Settings(size=16, colors=colors))
    means = [np.asarray(read_rgb(found.at(k).styles[0])).mean() for k in (0, 1, 2, 3, 1)]
    assert means == pytest.approx([40, 40, 200, 200, 40], abs=3)
    assert found.at(3).styles[0] is found.at(2).styles[0]
    assert found.settings.colors == "style"
