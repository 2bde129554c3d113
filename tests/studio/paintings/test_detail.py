"""The detail of a painting has all that it takes to repeat it."""

import json
import shlex
import sys

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from studio_at_work import StudioAtWork

from ortstyle.settings.presets import from_preset
from ortstyle.studio.orders.order import Order


@pytest.fixture
def work(tmp_path):
    found = StudioAtWork(tmp_path)
    yield found
    found.close()


def detail(work, id_):
    found = work.studio.painting(id_)
    assert json.loads(json.dumps(found)) == found
    return found


def test_an_order_comes_back_and_can_be_ordered_again(work):
    id_ = work.order(preset="bold", settings={"size": 300})
    found = detail(work, id_)
    assert Order.from_json(found["order"]).preset == "bold"
    assert work.studio.order(found["order"])[0]["id"] != id_


def test_settings_are_complete(work):
    settings = detail(work, work.order(preset="fine"))["settings"]
    assert settings == json.loads(json.dumps(from_preset("fine").to_dict()))


def test_the_command_names_the_pictures(work):
    command = detail(work, work.order())["command"]
    assert shlex.split(command["render"])[:4] == ["ortstyle", "render", "photo.png", "waves.png"]


def test_pictures_that_were_removed_still_have_names(work):
    id_ = work.order()
    work.wait_for_result(id_)
    work.studio.remove_picture(work.photograph)
    found = detail(work, id_)
    assert {(each["name"], each["there"]) for each in found["pictures"]} == {
        ("photo.png", False),
        ("waves.png", True),
    }
    assert "photo.png" in found["command"]["render"]


def test_losses_stay_when_the_studio_is_started_again(work):
    id_ = work.order()
    work.wait_for_result(id_)
    work.studio._ordered.curves.remove(id_)
    path = work.folder.curve(id_)
    path.write_text('[1, 5.0, {"style": 4.0}]\n[2, 3.0, {"style": 2.0}]\n', "ascii")
    work.close()
    work.open()
    assert detail(work, id_)["curve"] == [[1, 5.0, {"style": 4.0}], [2, 3.0, {"style": 2.0}]]


def test_the_versions_are_those_in_the_result(work):
    id_ = work.order()
    work.wait_for_result(id_)
    info = PngInfo()
    info.add_itxt("ortstyle", json.dumps({"versions": {"ortstyle": "9.9"}, "settings": 5}))
    Image.new("RGB", (8, 6)).save(work.folder.result(id_), pnginfo=info)
    found = detail(work, id_)
    assert found["versions"] == {"ortstyle": "9.9"}
    assert found["bytes"] == work.folder.result(id_).stat().st_size
    assert found["sha256"] == "f" * 64


def test_an_order_of_another_version_has_no_command(work):
    id_ = work.order()
    painting = work.studio.catalogue.painting(id_)
    work.studio.catalogue.remove_painting(id_)
    order = {**painting.order, "newer": True}
    work.studio.catalogue.add_paintings([type(painting)(**(vars(painting) | {"order": order}))])
    assert detail(work, id_)["command"] is None


def test_nothing_tells_where_the_studio_is(work):
    id_ = work.order(start=work.style)
    assert str(work.path) not in json.dumps(detail(work, id_)).replace(sys.executable, "")
