"""The browser page in Chromium, with a worker that paints nothing: each script is a journey."""

import pytest
from chromium import drive
from images import random_image
from PIL import Image
from web_pages import serve_page

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serve_page(tmp_path_factory.mktemp("site")) as address:
        yield address


@pytest.fixture(scope="module")
def looks(site, tmp_path_factory):
    return drive("web-page-looks.mjs", site, tmp_path_factory.mktemp("looks"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return the paths of a tall photograph and a wide painting."""
    folder = tmp_path_factory.mktemp("pictures")
    random_image(100, 333).save(folder / "tall tower.jpg")
    random_image(96, 64).save(folder / "sand.png")
    return folder / "tall tower.jpg", folder / "sand.png"


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def keys(site, tmp_path_factory, files, downloads):
    return drive("web-page-keys.mjs", site, tmp_path_factory.mktemp("keys"), *files, downloads)


@pytest.fixture(scope="module")
def breaks(site, tmp_path_factory, files):
    folder = tmp_path_factory.mktemp("breaks")
    (folder / "holiday.mp4").write_bytes(b"film")
    (folder / "notes.txt").write_text("no picture", "utf-8")
    given = files[1], folder / "holiday.mp4", folder / "notes.txt"
    return drive("web-page-breaks.mjs", site, folder, *given)


def test_axe_finds_nothing(looks):
    found, faults = looks
    assert found["wrong"] == {}
    assert faults == []


def test_nothing_lies_beyond_a_narrow_window(looks):
    assert looks[0]["beyond"] == {}


def test_all_is_reached_by_keyboard(keys):
    found, faults = keys
    assert faults == []
    assert found["skip"] == [True, True]
    assert found["focusAfterFiles"] == [True, True]
    painted = found["painted"]
    assert painted["focus"]
    assert painted["back"]
    assert painted["order"] == found["plan"]["order"] | {"contentWeight": 3.5}
    assert [name for name, _ in painted["pictures"]] == ["tall tower.jpg", "sand.png"]
    assert found["compared"] == "99 % Photograph"
    assert found["stopped"]["same"]
    assert found["stopped"]["focus"]


def test_the_focus_is_seen_everywhere(keys):
    assert keys[0]["unseen"]["unseen"] == []
    assert keys[0]["unseen"]["count"] > 15


def test_the_order_has_all_settings(keys):
    assert keys[0]["painted"]["order"] == {
        "size": 256,
        "iterations": 80,
        "contentWeight": 3.5,
        "styleWeight": 1,
        "smoothness": 0.04,
        "strokes": 1.4,
        "colors": "style",
    }
    assert keys[0]["plan"]["pictures"] == [[100, 333], [96, 64]]


def test_time_and_memory_are_told_before_and_progress_meanwhile(keys):
    painted = keys[0]["painted"]
    assert painted["plan"].split("\n") == ["76 × 256", "about 40 sec", "600 MB of memory"]
    numbers = painted["shown"]["numbers"]
    assert numbers == "30 of 120 steps · scale 1 of 2 · about 90 sec left"
    assert painted["shown"]["title"].startswith("25 % · ")
    assert painted["state"] == "Painted in 61 sec, 120 steps."
    assert keys[0]["stopped"]["state"].startswith("Stopped.")


def test_the_result_has_the_shape_of_the_photograph(keys):
    painted = keys[0]["painted"]
    assert painted["shape"] == [[76, 256]] * 2
    assert painted["box"]["width"] / painted["box"]["height"] == pytest.approx(76 / 256)


def test_the_result_is_downloaded_as_png(keys, downloads):
    assert keys[0]["file"] == "tall tower-painted.png"
    with Image.open(downloads / keys[0]["file"]) as image:
        assert image.format == "PNG"
        assert image.size == (76, 256)


def test_the_page_tells_no_error_but_of_the_worker_that_dies(breaks):
    assert all("the fake worker dies" in fault for fault in breaks[1])


def test_files_that_are_no_pictures_are_told(breaks):
    files = breaks[0]["files"]
    film, text = files["told"]
    assert film.startswith("holiday.mp4 is a film.")
    assert text.startswith("notes.txt is no picture")
    assert files["several"] == [["first.jpg", "second.jpg"], "One picture goes here."]
    assert files["dropped"].startswith("dropped.jpg")
    assert files["plan"] == [[768, 614], [96, 64]]
    assert files["missing"] == "Choose a photograph first."
    assert not files["painted"]


def test_each_device_is_told(breaks):
    device = breaks[0]["device"]
    assert device["missing"][0].startswith("This browser has no WebGPU")
    assert device["none"][0].startswith("Your browser finds no graphics card")
    assert "wrongly" in device["wrong"][0]
    assert device["wrong"][1] == 'it computes a wrong loss ("style" is 3, not 2)'
    assert "failed" in device["failed"][0]
    assert "The processor paints, with 2 threads." in device["processor"]
    assert "The graphics card is not used" in device["crashing"]
    assert device["size"] == ["256", 3]  # 512 pixels would take too long


def test_a_lost_device_goes_on_by_itself_until_it_is_hopeless(breaks):
    lost = breaks[0]["lost"]
    assert lost["resume"] == {"scale": 1, "evaluations": 20, "image": [181, 120]}
    assert "goes on by itself" in lost["told"]
    assert "Fake 9000" in lost["stillTold"]
    assert "works without a network" in lost["stillTold"]
    assert lost["fault"].startswith("The device was lost again and again")
    assert lost["offers"] == ["Paint at 256 pixels", "Paint with the processor"]
    assert (lost["backend"], lost["size"]) == ("wasm", 512)
    assert lost["state"].startswith("Painted in")


def test_too_little_memory_is_told_with_what_to_do(breaks):
    memory = breaks[0]["memory"]
    assert "A smaller size needs less" in memory["warned"]
    assert memory["fault"].startswith("There is not enough memory")
    assert memory["size"] == 256
    assert memory["offers"] == 0


def test_what_does_not_stop_is_stopped_at_once(breaks):
    stop = breaks[0]["stop"]
    assert stop["words"] == "Stop at once"
    assert stop["state"].startswith("Stopped.")
    assert stop["starts"] == 2
    assert stop["empty"] == "Stopped before there was a picture."


def test_what_is_lost_while_it_stops_has_stopped(breaks):
    stop = breaks[0]["stop"]
    assert stop["lostState"].startswith("Stopped.")
    assert stop["paints"] == 2


def test_why_nothing_can_be_painted_is_told_and_it_is_tried_again(breaks):
    unable = breaks[0]["unable"]
    assert unable["network"][0].startswith("What paints could not be loaded. Check the connection")
    assert "this site is not complete" in unable["site"][0]
    assert unable["other"][0].startswith("This browser can’t paint here")
    assert {plan for _, plan in unable.values()} == {"Choose a photograph and a painting first."}


def test_the_language_changes_while_something_is_painted(breaks):
    language = breaks[0]["language"]
    assert language["english"] in (None, [])
    assert language["pictures"] == 2
    assert language["theme"] == ["System", "Hell", "Dunkel"]
    assert language["file"] == "photo-gemalt.png"


def test_settings_are_remembered_and_pictures_are_not(breaks):
    remembered = breaks[0]["remembered"]
    assert remembered["pictures"] == 0
    assert remembered["colors"] == "luminance"
    assert set(remembered["stored"]) <= {"ortstyle.web.settings", "ortstyle.language"}
    assert remembered["size"] == "256"  # 768 is not offered
    assert remembered["reset"] == "80"


def test_leaving_asks_while_something_would_be_lost(breaks):
    empty, chosen, painting, done, saved = breaks[0]["leaving"]
    assert (empty, chosen, painting, done, saved) == (False, False, True, True, False)
