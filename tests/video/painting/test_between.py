from dataclasses import replace

import numpy as np
import pytest
from moving import Texture, sequences

from ortstyle.video.painting.between import Neighbour, between

SEQUENCES = sequences(128)
PAINT = Texture(7, finest=4, contrast=40), Texture(8, finest=4, contrast=40)
STEPS = 4


def painted(sequence, time, paint=PAINT):
    return np.clip(replace(sequence, textures=paint).picture(time), 0, 255).astype(np.float32)


def neighbour(sequence, time, paint=PAINT):
    return Neighbour(painted=painted(sequence, time, paint), source=sequence.frame(time))


def sharpness(picture):
    return sum(np.abs(np.diff(picture, 2, axis=axis)).mean() for axis in (0, 1))


def error(found, true):
    return np.sqrt(np.square(found - true).mean())


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "cut-out", "light"])
def test_the_frame_in_the_middle_is_nearly_the_true_one(name):
    sequence = replace(SEQUENCES[name], light=0)  # paint is not lit
    ends = neighbour(sequence, 0), neighbour(sequence, STEPS)
    lit = [
        replace(end, source=SEQUENCES[name].frame(time))
        for end, time in zip(ends, (0, STEPS), strict=True)
    ]
    found = between(*lit, SEQUENCES[name].frame(2), position=0.5)
    true = painted(sequence, 2)
    crossfade = (ends[0].painted + ends[1].painted) / 2
    assert error(found, true) < 0.3 * error(crossfade, true)
    assert abs(sharpness(found) / sharpness(true) - 1) < 0.1


def test_frames_along_the_way_help_to_follow_fast_things():
    sequence = SEQUENCES["cut-out"]
    ends = neighbour(sequence, 0), neighbour(sequence, 8)
    ways = [[sequence.frame(time) for time in times] for times in ((1, 2, 3), (7, 6, 5))]
    led = [replace(end, along=tuple(way)) for end, way in zip(ends, ways, strict=True)]
    true = painted(sequence, 4)
    alone, better = (
        error(between(*sides, sequence.frame(4), position=0.5), true) for sides in (ends, led)
    )
    assert better < 0.5 * alone


@pytest.mark.parametrize("position", [0.25, 0.5, 0.75])
def test_sharpness_stays_though_the_strokes_of_both_sides_differ(position):
    sequence = SEQUENCES["pan"]
    other = Texture(17, finest=4, contrast=40), Texture(18, finest=4, contrast=40)
    before, after = neighbour(sequence, 0), neighbour(sequence, STEPS, other)
    time = position * STEPS
    found = between(before, after, sequence.frame(time), position=position)
    ends = sharpness(before.painted), sharpness(after.painted)
    assert 0.9 * min(ends) < sharpness(found) < 1.1 * max(ends)


def test_at_its_ends_it_is_the_painted_frames():
    before, after = (neighbour(SEQUENCES["zoom"], time) for time in (0, 1))
    for position, end in ((0, before), (1, after)):
        found = between(before, after, end.source, position=position)
        assert np.array_equal(found, end.painted)
        assert found is not end.painted


def test_near_its_ends_it_is_nearly_the_painted_frames():
    before, after = (neighbour(SEQUENCES["pan"], time) for time in (0, STEPS))
    found = between(before, after, before.source, position=1e-3)
    assert np.abs(found - before.painted).mean() < 0.1


def test_values_stay_in_range():
    random = np.random.default_rng(0)
    source = SEQUENCES["pan"].frame(0)
    harsh = (random.random((*source.shape[:2], 3)) > 0.5).astype(np.float32) * 255
    side = Neighbour(painted=harsh, source=source)
    found = between(side, side, source, position=0.4)
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 255


def test_a_position_outside_is_refused():
    side = neighbour(SEQUENCES["pan"], 0)
    with pytest.raises(ValueError, match="not between 0 and 1"):
        between(side, side, side.source, position=1.5)
