"""The whole studio in Chromium, from the command to the page: each script is a person's journey."""

import base64
import io
import sys
from hashlib import sha256

import numpy as np
import pytest
from chromium import drive
from images import random_image
from PIL import Image

from ortstyle.packaged import packaged_path
from ortstyle.settings.presets import from_preset
from ortstyle.studio.catalogue import Catalogue
from ortstyle.studio.folder import StudioFolder
from ortstyle.studio.records import Painting, Picture, new_id

pytestmark = [pytest.mark.javascript, pytest.mark.slow]

SECONDS = 1200
RESULTS = 200


def travel(script, folder, *arguments):
    """Return what a script found with a studio on a folder."""
    given = [sys.executable, folder / "studio", *arguments]
    # The errors that a page tells are told by the script, as far as its studio runs.
    return drive(script, "http://127.0.0.1", folder, *given, seconds=SECONDS)[0]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the paths of a photograph and two paintings."""
    sand = tmp_path_factory.mktemp("pictures") / "sand.png"
    random_image(48, 64).save(sand)
    return [*(packaged_path("examples", name) for name in ("photo.jpg", "painting.jpg")), sand]


@pytest.fixture(scope="module")
def journey(tmp_path_factory, files):
    return travel("journey.mjs", tmp_path_factory.mktemp("journey"), *files)


@pytest.fixture(scope="module")
def keys(tmp_path_factory, files):
    return travel("journey-keys.mjs", tmp_path_factory.mktemp("keys"), *files[:2])


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    return travel("journey-looks.mjs", tmp_path_factory.mktemp("looks"))


@pytest.fixture(scope="module")
def breaks(tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("breaks")
    ids = fill(folder / "studio", files[0], RESULTS)
    return travel("journey-breaks.mjs", folder, *files[:2]) | {"ids": ids}


def fill(home, photograph, count):
    """Put results into a studio's folder; return their ids, the newest first."""
    with StudioFolder(home) as folder, Catalogue(folder.catalogue) as catalogue:
        data = photograph.read_bytes()
        picture = Picture(
            id=new_id(), name="old.png", role="photograph", suffix=".png",
            sha256=sha256(b"old").hexdigest(), bytes=len(data), width=120, height=80, added=1.5,
        )  # fmt: skip
        folder.picture(picture.id, ".png").write_bytes(data)
        catalogue.add_picture(picture)
        order = {"photograph": picture.id, "paintings": [{"picture": picture.id}]}
        made = [
            Painting(
                id=new_id(),
                key=f"{at:016x}",
                kind="painting",
                created=1000.0 + at,
                order=order,
                title=f"old {at}",
            )
            for at in range(count)
        ]
        catalogue.add_paintings(made)
        for at, painting in enumerate(made):
            colour = (at % 256, 255 - at % 256, 128)
            Image.new("RGB", (30, 20), colour).save(folder.result(painting.id))
            result = {"sha256": f"{at:064x}", "width": 30, "height": 20, "seconds": 1.0}
            catalogue.set_result(painting.id, result | {"evaluations": 5, "bytes": 99})
    return [painting.id for painting in reversed(made)]


def test_pictures_are_dropped_and_chosen(journey):
    begin = journey["begin"]
    assert begin["dropped"] == [["photo.jpg", "photograph"]]
    assert [name for name, _ in begin["pictures"]] == ["sand.png", "painting.jpg", "photo.jpg"]
    assert begin["after"]["photograph"] == ["photo.jpg"]
    assert begin["after"]["paintings"] == ["painting.jpg", "sand.png"]


def test_a_draft_begins_by_itself_and_is_seen(journey):
    begin = journey["begin"]
    assert [(draft["kind"], draft["size"]) for draft in begin["drafts"]] == [("draft", 64)]
    assert begin["seen"]["title"] == ["photo · painting"]
    assert begin["seen"]["state"][0].startswith(("Being painted", "Draft, painted in"))
    assert begin["after"]["gallery"][-1] == "photo · painting"


def test_a_painting_grows_and_can_be_paused(journey):
    paint = journey["paint"]
    assert paint["painting"] == {"kind": "painting", "size": 64, "state": "running"}
    assert paint["seen"]["state"] == ["Being painted"]
    assert paint["paused"]["state"] == "paused"
    assert paint["pausedSeen"]["state"] == ["Paused"]
    assert paint["pausedSeen"]["buttons"] == ["Go on", "Stop"]


def test_another_tab_shows_the_same(journey):
    paint = journey["paint"]
    assert paint["otherSeen"]["queueLines"][0].startswith("Paused · Balanced")
    assert paint["otherSeen"]["gallery"] == paint["pausedSeen"]["gallery"]


def test_the_slider_wipes_by_keys(journey):
    compare = journey["compare"]
    shares = [text.partition(" ")[0] for text in compare["texts"]]
    assert shares == ["0", "100", "89", "0"]
    assert compare["pictures"] == [0, 1, 2, 0]


def test_all_is_as_before_after_a_reload(journey):
    reload = journey["reload"]
    assert reload["after"] == reload["before"]
    assert reload["before"]["state"] == ["Paused"]
    assert journey["paint"]["reloaded"]["state"] == ["Being painted"]


def test_a_killed_studio_is_told_in_sentences(journey):
    kill = journey["kill"]
    (connection,) = kill["seen"]["connection"]
    assert connection.startswith("The studio can’t be reached.")
    assert kill["seen"]["title"] == journey["reload"]["before"]["title"]  # is still shown
    # Beside the button, and beside the plan if that was being asked for.
    assert set(kill["said"]) == {"The studio can’t be reached. Is it still running?"}


def test_a_studio_that_was_started_again_says_how_to_get_in(journey):
    again = journey["again"]
    assert "was started again" in again["locked"]["connection"][0]
    # The tab from before is in by the new cookie, and its faults of that time are gone.
    assert again["old"]["connection"] == [""]
    assert again["old"]["notices"] == again["old"]["faults"] == []


def test_the_killed_painting_goes_on_and_is_finished(journey):
    again, finish = journey["again"], journey["finish"]
    assert again["state"] in ("waiting", "running")
    assert again["seen"]["title"] == journey["reload"]["before"]["title"]
    evaluations = int(again["numbers"].partition(" ")[0])
    assert evaluations >= journey["paint"]["paused"]["evaluations"]
    assert finish["state"] == "done"
    assert [finish["width"], finish["height"]] == [64, 42]
    assert finish["seen"]["state"][0].startswith("Painted in")
    assert finish["evaluations"] == sorted(set(finish["evaluations"]))
    assert finish["evaluations"][-1] == finish["settings"]["iterations"] == 500


def test_settings_are_taken_from_the_gallery(journey):
    reopen = journey["reopen"]
    assert reopen["changed"][2] == "512"
    assert reopen["seen"]["controls"][2] == "64"
    assert reopen["iterations"] == "500"
    assert "in use now" in reopen["seen"]["notices"][0]


def test_four_variants_differ_and_one_is_chosen(journey):
    variants = journey["variants"]
    assert variants["names"] == [
        "as ordered",
        "bolder strokes",
        "closer to the photograph",
        "further into the painting",
    ]
    assert (variants["groups"], variants["different"]) == (1, 4)
    assert variants["amount"] == "-1.5"  # the third one's, to the next step


def test_a_mask_is_brushed_where_the_pointer_went(journey):
    mask = journey["mask"]
    with Image.open(io.BytesIO(base64.b64decode(mask["png"]))) as image:
        grey = np.asarray(image.convert("L"))
    height, width = grey.shape
    assert grey[height // 2, width // 10 : 4 * width // 10].min() > 250
    assert grey[:, width // 2 :].max() < 5
    assert mask["masks"] == [True, False]


def test_a_painting_is_deleted_while_it_is_painted(journey):
    remove = journey["remove"]
    assert "lost" in remove["question"]
    assert "404" in remove["gone"]
    assert remove["next"] == "done"
    assert remove["seen"]["queue"] == []


def test_the_page_tells_no_error_while_the_studio_runs(journey):
    assert journey["faultsBefore"] == []
    gone = "Failed to load resource: the server responded with a status of 404"  # when deleted
    assert set(journey["faults"]) <= {gone}


def test_all_is_reached_by_keyboard(keys):
    assert keys["skip"] == [True, True]
    painted = keys["painted"]
    assert painted["preset"] != "default"
    assert painted["size"] == 64
    before = from_preset(painted["preset"]).style_scale
    assert painted["scale"] == pytest.approx(before * 2.5**-0.25, rel=0.01)
    assert keys["compared"]
    assert keys["mask"]["masks"] == 1
    assert "ortstyle render" in keys["dialog"]["text"]
    assert keys["gallery"]["entry"] == "settings"
    assert keys["gallery"]["used"] == "400"
    assert keys["faults"] == []


def test_the_focus_is_never_lost(keys):
    assert keys["painted"]["paused"]
    assert keys["painted"]["focus"]
    assert keys["mask"]["focus"]
    assert keys["dialog"]["focus"]
    assert all(keys["gallery"][name] for name in ("opened", "back", "focus"))
    assert keys["variant"]


def test_the_focus_is_seen_everywhere(keys):
    assert keys["unseen"]["unseen"] == []
    assert keys["unseen"]["count"] > 20


def test_axe_finds_nothing(looks):
    assert looks["wrong"] == {}
    assert looks["faults"] == []


def test_nothing_lies_beyond_a_narrow_window(looks):
    assert looks["beyond"] == {}


def test_two_hundred_results_are_reached(breaks):
    many = breaks["many"]
    assert many["first"] < RESULTS
    assert many["all"] == breaks["ids"]
    assert many["loaded"] > 0
    assert breaks["faults"] == []


def test_nothing_is_lost_while_the_connection_is_cut(breaks):
    cut = breaks["cut"]
    assert "can’t be reached" in cut["told"]
    assert cut["meanwhile"] == cut["before"]
    kept = [each for each in cut["before"] if each != cut["removed"]]
    assert cut["after"] == [*reversed(cut["painted"]), *kept]


def test_what_can_not_be_sent_is_told_until_it_can(breaks):
    assert breaks["offline"] == ["The studio can’t be reached. Is it still running?"] * 2


def test_two_tabs_are_in_step(breaks):
    tabs = breaks["tabs"]
    assert tabs["moved"] == [[0, 2, 1]] * 2
    assert "404" in tabs["gone"]
    assert tabs["same"]
    assert breaks["faultsAfter"] == []
