"""Scenes painted with a tiny network."""

import numpy as np
import pytest
from films_at_work import film_folder, shifting_frame

from ortstyle.settings.film import FilmSettings
from ortstyle.video.motion.flow import optical_flow
from ortstyle.video.motion.occlusion import reliability
from ortstyle.video.motion.warp import warp
from ortstyle.video.painting.passes import last_pass
from ortstyle.video.painting.scene_painter import Palette, paint_scene

COUNT = 5


@pytest.fixture(autouse=True)
def needed():
    pytest.importorskip("onnxruntime")
    pytest.importorskip("cv2")


@pytest.fixture
def frames():
    return [shifting_frame(index) for index in range(COUNT)]


@pytest.fixture
def palette(painting):
    return lambda _: Palette((painting,))


def paint(folder, palette, settings, **film):
    film = FilmSettings(**({"frame_iterations": 4} | film))
    found = list(
        paint_scene(
            folder,
            range(folder.source_count),
            palette_at=palette,
            settings=settings,
            film=film,
            device="cpu",
        )
    )
    pictures = [
        folder.painted(step.index, pass_=last_pass(film)) for step in found if step.pass_ == 1
    ]
    return found, pictures


def flicker(frames, pictures):
    """Return the mean squared difference of neighbours, moved to where they are."""
    total = []
    for before, after, old, new in zip(frames, frames[1:], pictures, pictures[1:], strict=False):
        flow = optical_flow(after, before)
        known = reliability(flow, optical_flow(before, after))
        squares = ((new - warp(old, flow)) ** 2).mean(axis=-1)
        total.append((known * squares).sum() / known.sum())
    return np.mean(total)


def test_frames_that_hold_each_other_flicker_less(tmp_path, frames, palette, tiny_settings):
    settings = tiny_settings(iterations=25, init="noise", seed=3)
    with film_folder(tmp_path / "calm", frames) as folder:
        found, calm = paint(folder, palette, settings)
    with film_folder(tmp_path / "each", frames) as folder:
        _, alone = paint(folder, palette, settings, consistency="none")
    assert [step.index for step in found] == list(range(COUNT))
    assert [step.is_first for step in found] == [True] + [False] * (COUNT - 1)
    assert all(4 <= step.evaluations <= 7 for step in found[1:])
    assert flicker(frames, calm) < 0.5 * flicker(frames, alone)


def test_a_frame_that_shows_much_that_is_new_takes_more_evaluations(
    tmp_path, palette, tiny_settings
):
    fast = [shifting_frame(index, shift=(6.0, 0.0)) for index in range(3)]
    with film_folder(tmp_path / "film", fast) as folder:
        found, _ = paint(folder, palette, tiny_settings(iterations=30), frame_iterations=10)
    assert [step.evaluations for step in found[1:]] == [16, 16]
    with film_folder(tmp_path / "short", fast) as folder:
        found, _ = paint(folder, palette, tiny_settings(iterations=12), frame_iterations=10)
    assert [step.evaluations for step in found] == [12, 12, 12]  # never more than the first


@pytest.mark.parametrize("film", [{}, {"passes": 2}, {"loop": True}])
def test_a_film_that_was_left_off_goes_on_to_the_same_bytes(
    tmp_path, frames, palette, tiny_settings, film
):
    settings = tiny_settings(iterations=6)
    with film_folder(tmp_path / "whole", frames) as folder:
        _, expected = paint(folder, palette, settings, **film)
    with film_folder(tmp_path / "halves", frames) as folder:
        record = FilmSettings(frame_iterations=4, **film)
        steps = paint_scene(
            folder,
            range(COUNT),
            palette_at=palette,
            settings=settings,
            film=record,
            device="cpu",
        )
        for _ in range(3):
            next(steps)
        steps.close()
        found, _ = paint(folder, palette, settings, **film)
        painted = [folder.painted(index, pass_=last_pass(record)) for index in range(COUNT)]
    assert found[0].index == 3
    for one, other in zip(expected, painted, strict=True):
        assert (one == other).all()


def test_only_what_is_asked_for_is_painted(tmp_path, frames, palette, tiny_settings):
    with film_folder(tmp_path / "film", frames) as folder:
        found, _ = paint(folder, palette, tiny_settings(iterations=3), every=3)
        assert [step.index for step in found] == [0, 3, 4]
        assert not folder.is_painted(1)


def test_the_palette_may_change_from_frame_to_frame(
    tmp_path, frames, photo, painting, tiny_settings
):
    asked = []

    def palette(index):
        asked.append(index)
        return Palette((painting, photo), (4.0 - index, 1.0 + index), (None, None))

    with film_folder(tmp_path / "film", frames) as folder:
        _, blended = paint(folder, palette, tiny_settings(iterations=3))
    with film_folder(tmp_path / "one", frames) as folder:
        _, one = paint(folder, lambda _: Palette((painting,)), tiny_settings(iterations=3))
    assert asked == list(range(COUNT))
    assert (blended[-1] != one[-1]).any()


def test_colours_of_the_content_are_put_in_later(tmp_path, frames, palette, tiny_settings):
    pictures = []
    for number, colors in enumerate(("style", "content")):
        with film_folder(tmp_path / str(number), frames) as folder:
            pictures.append(paint(folder, palette, tiny_settings(colors=colors))[1])
    assert all((one == other).all() for one, other in zip(*pictures, strict=True))
