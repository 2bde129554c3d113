"""The order of frames, pass by pass."""

import pytest
from films_at_work import film_folder, shifting_frame

from ortstyle.runtime.cache import Cache
from ortstyle.settings.film import FilmSettings
from ortstyle.video.painting.passes import last_pass, painted_indices, steps_of
from ortstyle.video.painting.scene_painter import Palette, step_painter


def steps(frames, *, is_whole=True, **film):
    return list(steps_of(frames, FilmSettings(**film), is_whole=is_whole))


def test_a_scene_is_painted_in_order_each_frame_after_those_that_hold_it():
    found = steps(range(10, 20))
    assert [step.index for step in found] == list(range(10, 20))
    assert found[0].earlier == ()
    assert found[5].earlier == (14, 13, 12, 11)
    assert found[5].to_keyframe == (15, 14, 13, 12, 11, 10)


def test_a_keyframe_is_never_far():
    found = steps(range(40))
    assert max(len(step.to_keyframe) for step in found) == 13
    assert {step.to_keyframe[-1] for step in found[1:]} == {0, 12, 24, 36}


@pytest.mark.parametrize(
    ("frames", "every", "expected"),
    [
        (range(7), 3, [0, 3, 6]),
        (range(8), 3, [0, 3, 6, 7]),
        (range(5, 6), 3, [5]),
        (range(4), 1, [0, 1, 2, 3]),
    ],
)
def test_every_nth_frame_and_the_last_are_painted(frames, every, expected):
    assert painted_indices(frames, FilmSettings(every=every)) == expected
    assert [step.index for step in steps(frames, every=every)] == expected


def test_passes_go_to_and_fro_and_hold_a_frame_to_its_own_painting():
    found = steps(range(4), passes=3)
    assert [(step.pass_, step.index) for step in found] == [
        *((1, index) for index in (0, 1, 2, 3)),
        *((2, index) for index in (3, 2, 1, 0)),
        *((3, index) for index in (0, 1, 2, 3)),
    ]
    assert [step.is_copy for step in found] == [False] * 4 + ([True] + [False] * 3) * 2
    assert {step.own for step in found[:4]} == {0.0}
    assert found[5].own == 0.5
    assert found[6].earlier == (2, 3)


def test_without_consistency_nothing_holds_a_frame_and_one_pass_suffices():
    found = steps(range(3), consistency="none", passes=3, loop=True)
    assert [(step.index, step.pass_, step.earlier) for step in found] == [
        (index, 1, ()) for index in range(3)
    ]


def test_a_loop_holds_its_beginning_to_its_end_less_and_less():
    found = [step for step in steps(range(12), loop=True) if step.pass_ == 2]
    joined = [step for step in found if not step.is_copy]
    assert [step.index for step in found] == list(range(12))
    assert [step.index for step in joined] == list(range(6))
    assert joined[0].earlier == (11, 10, 9, 8)
    assert joined[2].earlier == (1, 0, 11, 10)
    assert joined[0].to_keyframe == (0, 11)
    assert joined[2].pass_of(0) == 2
    assert joined[2].pass_of(11) == 1
    shares = [step.own for step in joined]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1


@pytest.mark.parametrize(("frames", "is_whole"), [(range(12), False), (range(2), True)])
def test_what_can_not_be_joined_stays(frames, is_whole):
    found = steps(frames, is_whole=is_whole, loop=True)
    assert all(step.is_copy for step in found if step.pass_ == 2)


@pytest.mark.parametrize(
    ("film", "expected"),
    [({}, 1), ({"passes": 3}, 3), ({"loop": True}, 2), ({"consistency": "none", "passes": 4}, 1)],
)
def test_the_last_pass_is_that_of_the_last_step(film, expected):
    assert last_pass(FilmSettings(**film)) == expected
    assert max(step.pass_ for step in steps(range(5), **film)) == expected


@pytest.mark.parametrize(
    "film", [{}, {"every": 3}, {"passes": 3}, {"loop": True}, {"consistency": "none"}], ids=str
)
def test_a_step_names_all_frames_that_it_takes(tmp_path, painting, tiny_settings, film):
    """Frames that it does not name can't be read while it is painted."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("cv2")
    record = FilmSettings(frame_iterations=1, **film)
    frames = [shifting_frame(index, size=(24, 16)) for index in range(16)]

    class Named:
        frame_size = (24, 16)
        step = None

        def source(self, index):
            assert index in self.step.sources
            return folder.source(index)

        def painted(self, index, *, pass_):
            assert (index, pass_) in self.step.paintings
            return folder.painted(index, pass_=pass_)

        def put_painted(self, index, pixels, *, pass_):
            folder.put_painted(index, pixels, pass_=pass_)

    named = Named()
    with film_folder(tmp_path / "film", frames, size=(24, 16)) as folder:
        paint = step_painter(
            named,
            palette_at=lambda _: Palette((painting,)),
            settings=tiny_settings(iterations=1),
            film=record,
            device="cpu",
            memory=None,
            cache=Cache(),
        )
        for step in steps_of(range(len(frames)), record, is_whole=True):
            named.step = step
            assert step.index in step.sources
            paint(step)
