"""Queue and gallery of the page in Chromium: by keyboard, and while the studio tells changes."""

from pathlib import Path

import pytest
from chromium import SCRIPTS, drive, serve_files
from PIL import Image

import ortstyle

PAGE = Path(ortstyle.__file__).parent / "studio" / "page"
NUMBERS = (*range(1, 3), *range(10, 130), *range(200, 204), *range(300, 305), *range(400, 403))

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Return what shelf.mjs found, and the errors of its page."""
    folder = tmp_path_factory.mktemp("shelf")
    image = folder / "image.png"
    Image.new("RGB", (60, 40), (60, 90, 120)).save(image)
    for number in NUMBERS:
        for place in (f"pictures/{number:020}/view", f"paintings/{number:020}/image"):
            path = folder / "api" / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image.read_bytes())
    preview = folder / "api" / f"paintings/{300:020}/preview"
    preview.write_bytes(image.read_bytes())
    with serve_files({"/": SCRIPTS, "/page/": PAGE, "/api/": folder / "api"}) as address:
        return drive("shelf.mjs", address, folder)


@pytest.fixture(scope="module")
def found(driven):
    return driven[0]


def key(number):
    return f"{number:020}"


def test_the_page_tells_no_errors(driven):
    assert driven[1] == []


@pytest.mark.parametrize(
    "moment", ["violations", "menuViolations", "dialogViolations", "detailsViolations"]
)
def test_axe_finds_nothing(found, moment):
    assert found[moment] == []


def test_the_queue_shows_what_is_not_over_and_what_failed(found):
    begin = found["begin"]
    assert begin["queue"] == [f"castle {number}" for number in (300, 301, 302, 303, 304)]
    states = [line.partition(" · ")[0] for line in begin["lines"]]
    assert states == [
        "Being painted",
        "Waits for its turn",
        "Paused",
        "Waits for its turn",
        "Could not be painted",
    ]
    assert begin["progress"] == ["30 % · 2 min left"]


def test_the_gallery_begins_with_the_newest_and_a_page_of_them(found):
    begin = found["begin"]
    assert begin["gallery"][:2] == ["castle 129", "castle 128"]
    assert begin["cards"] == 48
    assert begin["groups"] == [
        ["as ordered", "bolder strokes", "closer to the photograph", "further into the painting"]
    ]


def test_a_painting_is_moved_by_buttons_that_keep_the_focus(found):
    seen, sent = found["moved"]
    assert seen["queue"][1:4] == ["castle 302", "castle 301", "castle 303"]
    assert seen["focus"] == ["castle 301", "Paint castle 301 later"]
    assert sent == [["POST", f"/api/paintings/{key(301)}/move", {"before": key(303)}]]


def test_the_last_one_can_not_be_moved_further(found):
    seen, sent = found["last"]
    assert seen["queue"][1:4] == ["castle 302", "castle 303", "castle 301"]
    assert seen["focus"] == ["castle 301", "Paint castle 301 later"]
    assert sent == [["POST", f"/api/paintings/{key(301)}/move", {"before": None}]]


def test_a_pause_becomes_going_on_under_the_same_focus(found):
    seen, sent = found["paused"]
    assert seen["focus"] == ["castle 300", "Go on with castle 300"]
    assert sent == [["POST", f"/api/paintings/{key(300)}/pause", None]]


def test_a_menu_is_used_by_keys(found):
    focus = [seen["focus"][1] for seen in found["menu"]]
    assert focus == ["Delete", "Show", "Use its settings", "More for castle 129"]
    assert [seen["menu"] for seen in found["menu"]] == [1, 1, 1, 0]


def test_nothing_comes_or_goes_while_a_menu_is_open(found):
    assert found["held"]["gallery"] == found["begin"]["gallery"]
    assert found["held"]["focus"] == ["castle 129", "Show"]
    assert found["released"]["gallery"][:2] == ["newer", "castle 128"]


def test_who_held_the_focus_and_goes_away_gives_it_to_its_neighbour(found):
    assert found["released"]["focus"][0] != ""


def test_a_newer_result_does_not_take_the_focus(found):
    assert found["calm"]["gallery"][0] == "newest"
    assert found["calm"]["focus"] == ["castle 120", "More for castle 120"]


def test_deleting_can_be_undone(found):
    seen, sent = found["deleted"]
    assert "castle 120" not in seen["gallery"]
    assert seen["notices"] == ["castle 120 is deleted."]
    assert seen["focus"][0] == "castle 119"
    assert sent == []
    assert found["undone"] == []


def test_settings_of_a_result_are_used_and_ones_own_come_back(found):
    used, seen = found["used"]
    assert used["settings"] == {"size": 60, "seed": 3}
    assert len(used["paintings"]) == 1
    assert seen["notices"] == ["The settings of castle 120 are in use now."]
    assert found["back"]["settings"] == {"size": 777}
    assert found["back"]["paintings"] == []


def test_a_photograph_that_is_gone_leaves_ones_own(found):
    assert found["without"]["photograph"] == key(1)
    assert found["without"]["preset"] == "bold"


def test_a_draft_is_painted_full_size(found):
    ((method, path, order),) = found["painted"]
    assert (method, path) == ("POST", "/api/paintings")
    assert order["draft"] is False
    assert order["label"] == ""
    assert order["settings"] == {"size": 60, "seed": 3}


def test_a_result_becomes_a_painting(found):
    assert [each["picture"] for each in found["asPainting"]["paintings"]] == [key(2), key(220)]


def test_a_duplicate_has_another_seed(found):
    order = found["duplicate"][2]
    assert order["settings"]["size"] == 60
    assert order["settings"]["seed"] != 3


def test_the_details_tell_all_that_repeats_it(found):
    words = found["details"]
    for text in ("gone.jpg", "batik.png", "ortstyle 2.0", "ab" * 32, "ortstyle render castle.jpg"):
        assert text in words
    assert "import ortstyle" in words
    assert "seed" in words
    for same in ("content_weight", "content_layers"):  # as in the preset
        assert same not in words


def test_all_pages_come_and_stay_after_a_break(found):
    assert found["all"]["cards"] == 119 + 4 + 3
    assert found["again"]["gallery"] == found["all"]["gallery"]


def test_results_are_filtered_and_found(found):
    assert found["drafts"]["gallery"] == []
    assert found["searched"] == [*(f"castle {k}" for k in range(119, 109, -1)), "castle 11"]
    assert found["nothing"] == "No title has these words."
