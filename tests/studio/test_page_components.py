"""The components of the page in Chromium: they are driven once, by pointer and keys."""

import base64
import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from chromium import SCRIPTS, drive, serve_files
from PIL import Image

import ortstyle

PAGE = Path(ortstyle.__file__).parent / "studio" / "page"
RED, GREEN, BLUE = [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]
WIDTH, HEIGHT = 1024, 683  # a mask of a picture of 1,500 × 1,000 pixels

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def driven(tmp_path_factory):
    """Return what components.mjs found, and the errors of its pages."""
    folders = {"/": SCRIPTS, "/page/": PAGE}
    with serve_files(folders) as address:
        return drive("components.mjs", address, tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="module")
def found(driven):
    return driven[0]


@pytest.fixture(scope="module")
def viewer(found):
    return found["viewer"]


@pytest.fixture(scope="module")
def brush(found):
    """Return what was found of the brush; masks are arrays."""
    return {
        name: mask_of(value) if is_png(value) else value for name, value in found["brush"].items()
    }


def is_png(value):
    return isinstance(value, str) and value.startswith("iVBORw0KGgo")


def mask_of(png):
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        assert image.format == "PNG"
        assert image.mode == "L"
        return np.asarray(image)


def test_pages_tell_no_errors(driven):
    assert driven[1] == []


@pytest.mark.parametrize("name", ["viewer", "brush", "plot"])
def test_axe_finds_nothing(found, name):
    assert found[name]["violations"] == []


def test_the_wipe_is_moved_by_keys(viewer):
    assert viewer["end"] == 100
    assert viewer["steps"] == 11  # a page and an arrow
    assert viewer["colours"]["before"] == [RED, RED]
    assert viewer["colours"]["half"] == [BLUE, RED]
    assert viewer["text"] == "50 % over"


def test_the_line_is_dragged_without_moving_the_picture(viewer):
    assert viewer["dragged"] == pytest.approx(75, abs=1)
    assert viewer["unmoved"]


@pytest.mark.parametrize(
    "how", [("held", "released"), ("pressed", "let_go"), ("space", "no_space")]
)
def test_the_other_picture_is_shown_as_long_as_it_is_held(viewer, how):
    assert [viewer["colours"][name] for name in how] == [BLUE, RED]


def test_a_picture_fits_its_stage(viewer):
    fits = viewer["fits"]
    width, height = fits["stage"]
    assert fits["height"] == pytest.approx(height)
    assert fits["x"] == pytest.approx((width - fits["width"]) / 2)
    assert viewer["again"] == fits


def test_zoom_and_pan_end_at_bounds(viewer):
    fits, nearer = viewer["fits"], viewer["nearer"]
    assert nearer["zoom"] == pytest.approx(fits["zoom"] * 1.25**3)
    middle = (fits["stage"][0] / 2 - nearer["x"]) / nearer["width"]
    assert middle == pytest.approx(0.5)
    assert viewer["right"]["x"] == pytest.approx(fits["stage"][0] - nearer["width"])
    assert viewer["right"]["y"] == nearer["y"]
    assert viewer["top"]["y"] == 0
    assert viewer["nearest"]["zoom"] == 32
    assert viewer["farthest"]["zoom"] == viewer["actual"]["zoom"] == 1


def test_the_wheel_zooms_around_the_pointer(viewer):
    wheel = viewer["wheel"]
    assert wheel["zoom"] > 1.1
    assert wheel["after"] == pytest.approx(wheel["before"], abs=2e-3)
    assert viewer["panned"] == -40


def test_a_swapped_picture_does_not_flicker(viewer):
    assert set(viewer["swapped"]) <= {",".join(map(str, colour)) for colour in (RED, GREEN)}
    assert viewer["colours"]["swapped"] == GREEN


@pytest.mark.parametrize("shape", ["20000×10", "1×1", "10×20000", "300×400"])
def test_pictures_of_any_shape_are_seen_and_compared(viewer, shape):
    box = viewer["shapes"][shape]
    assert box["base"] == RED
    assert box["over"] == BLUE
    width, height = map(int, shape.split("×"))
    scale = min(box["stage"][0] / width, box["stage"][1] / height)
    assert [box["width"], box["height"]] == pytest.approx([width * scale, height * scale])
    assert box["nearest"]["zoom"] == pytest.approx(max(32, scale))
    assert box["nearest"]["base"] == RED


def test_the_viewer_asks_for_as_many_pixels_as_it_shows(viewer):
    wanted = viewer["wanted"]
    assert [400, 582] in wanted  # all of the first picture, which is shown enlarged
    assert [900, 900] in wanted  # as wide as the stage, of a picture of 20,000 pixels
    assert 1 in [side for side, _ in wanted]


def test_two_fingers_zoom_and_one_pans(found):
    touch = found["touch"]
    fits, pinched, panned = touch["fits"], touch["pinched"], touch["panned"]
    assert pinched["zoom"] / fits["zoom"] == pytest.approx(4, rel=0.05)
    assert panned["x"] - pinched["x"] == pytest.approx(50, abs=2)
    assert panned["zoom"] == pinched["zoom"]


def test_the_line_follows_a_finger(found):
    touch = found["touch"]
    width = touch["fits"]["width"]
    assert touch["lined"]["share"] == pytest.approx(50 + 100 * 60 / width, abs=1)
    assert touch["thumbed"]["share"] == pytest.approx(50 - 100 * 30 / width, abs=1)
    assert touch["thumbed"]["x"] == touch["fits"]["x"]


def test_a_page_scrolls_past_a_picture_that_fits(found):
    assert found["touch"]["action"] == ["pan-y", "none"]


def test_a_mask_is_grey_and_begins_empty(brush):
    assert brush["untouched"].shape == (HEIGHT, WIDTH)
    assert not brush["untouched"].any()


def test_a_stroke_of_the_pointer_is_where_it_went(brush):
    stroke, radius = brush["stroke"], brush["radius"]
    rows, columns = np.nonzero(stroke > 127)
    assert [columns.min(), columns.max()] == pytest.approx(
        [0.25 * WIDTH - radius, 0.75 * WIDTH + radius], abs=2
    )
    assert [rows.min(), rows.max()] == pytest.approx(
        [HEIGHT / 2 - radius, HEIGHT / 2 + radius], abs=2
    )
    assert (stroke[HEIGHT // 2, WIDTH // 4 : 3 * WIDTH // 4] == 255).all()


def test_the_eraser_takes_away_and_undo_gives_back(brush):
    assert brush["erased"][HEIGHT // 2, WIDTH // 2] == 0
    assert brush["erased"][HEIGHT // 2, WIDTH // 3] == 255
    assert (brush["undone"] == brush["stroke"]).all()
    assert (brush["redone"] == brush["erased"]).all()


def test_a_whole_mask_is_inverted_filled_and_cleared(brush):
    assert (brush["inverted"] == 255 - brush["redone"]).all()
    assert (brush["filled"] == 255).all()
    assert (brush["cleared"] == 0).all()
    assert (brush["back"] == brush["redone"]).all()


def test_a_mask_is_handed_over_when_it_is_to_be_used(brush):
    assert brush["unused"] == 0
    used = brush["used"]
    assert (used["type"], used["empty"]) == ("image/png", False)
    assert (mask_of(used["png"]) == brush["back"]).all()


def test_a_mask_is_brushed_by_keys(brush):
    stamp, line = brush["stamp"], brush["line"]
    assert stamp[HEIGHT // 2, WIDTH // 2] == 255
    assert 0 < (stamp > 127).mean() < 0.01
    assert not brush["nothing"].any()
    assert brush["erasingTold"] == "Erased here."
    assert brush["told"] == "Painted here."
    assert brush["larger"] > 1.15
    right = np.nonzero(line > 127)[1].max()
    assert right > np.nonzero(stamp > 127)[1].max() + 10
    assert (line[HEIGHT // 2, WIDTH // 2 : right - 3] == 255).all()
    assert np.nonzero(brush["edge"] > 127)[1].min() == 0


def test_undo_is_bounded(brush):
    assert brush["undos"] == 40


def test_a_mask_is_taken_up_again(brush):
    assert (brush["takenUp"] == brush["kept"]).all()
    assert not brush["takenBack"]  # it's where undo ends


def test_pictures_of_any_shape_are_brushed(brush):
    shapes = brush["shapes"]
    assert [mask_of(each["png"]).shape for each in shapes] == [
        (1, 1024),
        (1, 1),
        (1024, 1),
        (400, 300),
    ]
    for each in shapes:
        assert mask_of(each["clicked"]).any()
        assert min(each["box"]) >= 32
        assert each["box"][1] <= each["room"]


def test_an_empty_plot_says_so(found):
    assert found["plot"]["empty"] == {"lines": [], "label": "No loss yet."}


def test_a_long_curve_is_reduced_and_keeps_its_extremes(found):
    plot = found["plot"]
    lines = plot["long"]["lines"]
    assert len(lines) == 3
    assert all(10 < line["count"] <= 500 for line in lines)
    for line in lines:
        assert all(first <= then for first, then in pairwise(line["xs"]))
    loss = lines[-1]["ys"]  # drawn last
    assert min(loss) == pytest.approx(10, abs=0.2)  # the one jump, at the top
    assert plot["long"]["label"] == "The loss went from 1M to 300 in 5,000 evaluations."


def test_lines_differ_without_colour_and_are_named(found):
    plot = found["plot"]
    dashes = [line["dashes"] for line in plot["long"]["lines"]]
    assert len(set(dashes)) == 3
    assert plot["legend"] == ["Loss", "content", "style"]


def test_the_numbers_stand_in_a_table(found):
    head, *rows = found["plot"]["table"]
    assert head == ["Evaluations", "Loss", "content", "style"]
    assert len(rows) == 12
    assert rows[0] == ["1", "1M", "50", "1M"]
    assert rows[-1][0] == "5,000"


def test_what_has_no_logarithm_is_left_out(found):
    (line,) = found["plot"]["odd"]
    assert line["count"] == 2
    assert np.isfinite(line["ys"]).all()
