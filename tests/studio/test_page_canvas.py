"""The middle of the page in Chromium: a painting from its order to its end."""

from pathlib import Path

import pytest
from chromium import SCRIPTS, drive, serve_files
from PIL import Image

import ortstyle

PAGE = Path(ortstyle.__file__).parent / "studio" / "page"
PHOTOGRAPH, PAINTING, RESULT = (f"{number:020}" for number in (1, 2, 3))

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Return what canvas.mjs found, and the errors of its page."""
    folder = tmp_path_factory.mktemp("canvas")
    served = [f"pictures/{PHOTOGRAPH}/view", f"pictures/{PAINTING}/view"]
    served += [f"paintings/{RESULT}/{name}" for name in ("preview", "image")]
    for number, name in enumerate(served):
        path = folder / "api" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), (60 * number, 90, 120)).save(path, "PNG")
    folders = {"/": SCRIPTS, "/page/": PAGE, "/api/": folder / "api"}
    with serve_files(folders) as address:
        return drive("canvas.mjs", address, folder)


@pytest.fixture(scope="module")
def found(driven):
    return driven[0]


def test_the_page_tells_no_errors(driven):
    assert driven[1] == []


@pytest.mark.parametrize("moment", ["paused", "done"])
def test_axe_finds_nothing(found, moment):
    assert found[f"{moment}Violations"] == []


def test_an_empty_page_says_what_to_do(found):
    (text,) = found["empty"]["empty"]
    assert text.startswith("Choose a photograph and a painting.")
    assert found["empty"]["base"] is None


def test_before_anything_is_painted_the_photograph_is_shown(found):
    for moment in ("chosen", "waiting"):
        assert found[moment]["base"]["src"].startswith(f"/api/pictures/{PHOTOGRAPH}/view?side=")
        assert found[moment]["over"] is None
        assert found[moment]["empty"] == []
    assert found["waiting"]["state"] == ["Begins"]
    assert found["waiting"]["buttons"] == ["Stop"]


def test_what_is_painted_is_seen_and_compared_with_the_photograph(found):
    running = found["running"]
    assert running["base"]["src"] == "blob"
    assert running["over"]["label"] == "Photograph"
    assert running["buttons"] == ["Pause", "Stop"]
    assert running["share"] == 0  # all of the painting is seen


def test_previews_are_fetched_at_most_four_times_a_second(found):
    rate = found["rate"]
    assert 1 <= rate["asked"] <= 4 * rate["seconds"] + 1


def test_progress_is_told(found):
    told = found["told"]
    assert told["progress"] == pytest.approx(0.6)
    (numbers,) = told["numbers"]
    assert numbers.startswith("60 of 100 steps · scale 1 of 2 · about 90")
    assert told["points"] == list(range(1, 61))


def test_a_painting_that_goes_back_to_its_checkpoint_loses_the_points_after_it(found):
    assert found["back"]["points"] == list(range(1, 41))


def test_a_pause_keeps_the_picture_and_notices_are_shown(found):
    paused = found["paused"]
    assert paused["base"]["src"] == "blob"
    assert paused["buttons"] == ["Go on", "Stop"]
    assert paused["notices"] == ["It is painted in 4 tiles."]


def test_another_picture_is_compared(found):
    compared = found["compared"]
    assert compared["over"]["label"] == "2.png"
    assert compared["share"] == 50
    assert found["alone"]["over"] is None


def test_a_result_takes_the_place_of_the_last_preview(found):
    done = found["done"]
    assert done["base"]["src"].startswith(f"/api/paintings/{RESULT}/image?side=")
    assert done["state"] == ["Painted in 2 min"]
    assert done["buttons"] == ["Paint larger", "Download"]
    assert done["points"] == [1, 100]
    assert done["numbers"] == []


def test_after_a_break_the_curve_is_fetched_anew(found):
    assert found["again"] == 1


def test_a_fault_is_a_sentence(found):
    failed = found["failed"]
    assert failed["fault"] == ["The disk is full: free some."]
    assert failed["buttons"] == ["Go on"]


def test_a_painting_that_is_removed_leaves_the_photograph(found):
    removed = found["removed"]
    assert removed["base"]["src"].startswith(f"/api/pictures/{PHOTOGRAPH}/view")
    assert removed["buttons"] == removed["fault"] == []
