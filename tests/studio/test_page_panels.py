"""The whole page in Chromium, on the studio's application: pictures, controls, orders, words."""

import asyncio

import pytest
from chromium import drive
from fake_studio import FakeHub, FakeStudio
from images import random_image
from served import serving

from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.studio.http.app import make_app
from ortstyle.studio.orders.form import describe_form

pytestmark = pytest.mark.javascript


class PatientHub(FakeHub):
    """A hub whose stream stays open."""

    async def subscribe(self, last_event_id):
        async for text in super().subscribe(last_event_id):
            yield text
        await asyncio.sleep(600)


class FormStudio(FakeStudio):
    """A studio that paints nothing, with the settings and presets that there are."""

    def __init__(self, folder):
        super().__init__(folder)
        self.hub = PatientHub()

    def form(self):
        return describe_form()

    def order(self, data):
        if not data.get("presets"):
            return super().order(data)
        drafts = [
            super(FormStudio, self).order(data | {"preset": name, "draft": True})[0]
            for name in preset_names()
        ]
        for draft in drafts:
            draft["group"] = "presets"
        return drafts


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Return what panels.mjs found, the errors of its page, and the orders that were sent."""
    folder = tmp_path_factory.mktemp("panels")
    sizes = {"photograph.png": (60, 40), "painting.png": (32, 32), "tall.png": (30, 70)}
    for name, size in sizes.items():
        random_image(*size).save(folder / name)
    (folder / "text.png").write_text("no picture", "utf-8")
    files = [folder / name for name in ("photograph.png", "painting.png", "text.png", "tall.png")]
    (folder / "studio").mkdir()
    studio = FormStudio(folder / "studio")
    with serving(make_app(studio, None)) as address:
        found, faults = drive("panels.mjs", address, folder, *files)
    orders = [call[1] for call in studio.called if call[0] == "order"]
    kept = [call[1]["order"] for call in studio.called if call[0] == "workspace"]
    stopped = [call[1] for call in studio.called if call[0] == "stop"]
    return found, faults, orders, kept, [studio.painted[key] for key in stopped]


@pytest.fixture(scope="module")
def found(driven):
    return driven[0]


@pytest.fixture(scope="module")
def orders(driven):
    return driven[2]


def test_the_page_tells_no_error_but_the_refused_picture(driven):
    assert ["422" in fault for fault in driven[1]] == [True]


def test_axe_finds_nothing(found):
    assert found["violations"] == found["dialog"]["wrong"] == []


def test_the_steps_are_numbered(found):
    assert found["steps"] == ["1Photograph", "2Painting", "3Paint"]


def test_a_fault_is_a_sentence_beside_its_place_and_is_said(found):
    assert found["notReady"] == "First add a photograph and a painting."
    assert found["needs"] == "Now add a painting."
    assert found["notPicture"] == found["said"] == "This is not a picture."
    assert found["putAway"] == found["mended"] == 0


def test_a_draft_begins_by_itself_once_for_each_photograph(found, orders):
    drafts = [order for order in orders if order.get("draft") and not order.get("presets")]
    assert drafts[0] == orders[0]
    assert orders[0]["settings"] == {}
    assert len({draft["photograph"] for draft in drafts}) == len(drafts) == 3
    assert found["ofTall"] is True


def test_drafts_that_wait_for_a_photograph_that_was_replaced_are_stopped(driven, orders):
    stopped = driven[4]
    assert {draft["kind"] for draft in stopped} == {"draft"}
    assert orders[0]["photograph"] in {draft["photograph"] for draft in stopped}
    assert orders[-1]["photograph"] not in {draft["photograph"] for draft in stopped}


def test_the_photograph_is_shown_by_its_button(found):
    assert found["showsPhotograph"] is True


def test_looks_keep_their_names_beside_a_tall_picture(found):
    assert found["names"] == [True] * len(preset_names())


def test_a_mask_is_not_thrown_away_without_asking(found):
    assert "painting.jpg" in found["maskTitle"]
    assert found["kept"] is True
    assert found["paintingKept"] == 1


def test_controls_by_keys_make_the_order(found, orders):
    preset = preset_names()[(preset_names().index("default") + 1) % len(preset_names())]
    settings = from_preset(preset)
    order = orders[1]
    assert order["preset"] == preset
    assert order["settings"]["content_weight"] == pytest.approx(settings.content_weight / 4)
    assert order["settings"]["style_scale"] == pytest.approx(settings.style_scale / 2.5, rel=0.01)
    assert order["settings"]["size"] == 256
    assert found["amount"] == "100 %"
    assert found["strokes"] == "× 0.4"


def test_each_preset_is_shown_on_the_photograph(found):
    assert found["looks"] == len(preset_names())
    assert found["looksFocus"] == "preset"


def test_variants_are_ordered(orders):
    assert orders[2] == orders[1] | {"variants": True}


def test_commands_have_tabs_that_keys_move_through(found):
    dialog = found["dialog"]
    assert dialog["last"] == ["tab-panel-python"]
    assert dialog["first"] == ["tab-panel-render"]
    assert "quiet" in dialog["focus"]


def test_settings_are_checked_changed_and_taken_back(found):
    assert "0" in found["refused"]
    assert found["count"].startswith("5")
    assert found["reset"] == ["0", True]


def test_all_is_there_again_after_a_reload(found, orders):
    again = found["again"]
    assert again == {
        "lang": "de",
        "theme": "dark",
        "amount": "2",
        "preset": orders[1]["preset"],
        "paintings": 1,
    }


def test_a_drop_anywhere_adds_a_painting_with_its_own_weight(driven, found):
    assert len(found["sliders"]) == 4
    assert all("dropped.png" in label or "painting.png" in label for label in found["sliders"])
    weights = [[each["weight"] for each in order["paintings"]] for order in driven[3]]
    assert [3, 1] in weights


def test_the_examples_of_the_package_can_be_tried(found):
    assert found["example"] == ["photo.jpg", "painting.jpg"]


@pytest.mark.parametrize("width", [768, 360])
def test_nothing_lies_beyond_a_narrow_window(found, width):
    assert found[f"beyond {width}"] <= 0
