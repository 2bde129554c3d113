import numpy as np
import pytest
from moving import Motion, Sequence, Texture

from ortstyle.video.motion.cuts import CutDetector

SIZE = (72, 96)
SLOW = Motion(velocity=(2, 1))


def shot(seed, **motion):
    return Sequence(SIZE, textures=(Texture(seed), Texture(seed + 1)), **motion)


def pixels(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def cuts(frames):
    detector = CutDetector()
    return [index for index, frame in enumerate(frames) if detector.is_cut(frame)]


@pytest.mark.parametrize("seed", [10, 20, 30])
def test_a_hard_cut_is_found(seed):
    first, second = shot(seed, ground=SLOW), shot(seed + 2, radius=20)
    assert cuts([first.frame(0), first.frame(1), second.frame(1), second.frame(2)]) == [2]


@pytest.mark.parametrize(
    "motion",
    [
        Motion(velocity=(20, 5)),
        Motion(velocity=(-38, 0)),
        Motion(zoom=0.15, turn=0.1, center=(48, 36)),
    ],
    ids=["fast pan", "whip pan", "zoom and turn"],
)
def test_fast_motion_is_no_cut(motion):
    moving = shot(4, ground=motion)
    assert cuts(moving.frame(time) for time in range(4)) == []


def test_fades_and_dissolves_are_no_cuts():
    first, second = shot(4, ground=SLOW), shot(8)
    for towards in (np.zeros((*SIZE, 3)), np.full((*SIZE, 3), 255), second.picture(0)):
        shares = np.linspace(0, 1, 7)
        film = [(1 - s) * first.picture(t) + s * towards for t, s in enumerate(shares)]
        assert cuts(pixels(frame) for frame in film) == []


def test_flashes_are_no_cuts_but_a_cut_behind_one_is():
    film = [shot(4, ground=SLOW).picture(time) for time in range(6)]
    film[2] = film[2] * 2
    film[4] = np.full_like(film[4], 255)
    assert cuts(map(pixels, film)) == []
    assert cuts([*map(pixels, film[:5]), shot(8).frame(0)]) == [5]


def test_cuts_to_black_and_between_plain_colours_are_found():
    lit, black = shot(4).frame(0), np.zeros((*SIZE, 3), np.uint8)
    assert cuts([lit, black, black, lit]) == [1, 3]
    red, blue = (np.full((*SIZE, 3), color, np.uint8) for color in ((200, 30, 30), (30, 30, 200)))
    assert cuts([red, red, blue, blue]) == [2]


def test_noise_is_no_cut():
    noisy = shot(6, ground=SLOW, noise=15.0)
    assert cuts(noisy.frame(time) for time in range(3)) == []


def test_one_frame_and_tiny_and_changing_sizes():
    assert cuts([shot(1).frame(0)]) == []
    tiny = np.zeros((1, 1, 3), np.uint8)
    assert cuts([tiny, tiny]) == []
    assert cuts([shot(1).frame(0), shot(1).frame(0)[:40]]) == [1]
