"""The page at hosts that send its files oddly, damaged or not at all, on a small network."""

import shutil
from urllib.parse import quote

import pytest
from chromium import drive, serve_files
from engine_sites import (
    POLICY,
    SMALL,
    painting,
    photograph,
    small_network,
    write_engine_site,
)
from web_pages import page_folders

from ortstyle.settings.presets import from_preset

pytestmark = pytest.mark.javascript
GUNZIPPED = "zweites Maß, ünd so/gunzipped"
NOT_COMPLETE = "this site is not complete"


def cut(path):
    path.write_bytes(path.read_bytes()[:500])


def change(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


#: What is done to which file of a site, by the folder where the site is served.
DONE = {
    "plain": (),
    GUNZIPPED: (),
    "cut pack": ("graphs/loss-64.json.gz", cut),
    "no pack": ("graphs/statistics-48.json.gz", lambda path: path.unlink()),
    "changed weights": ("vgg19.gz", change),
    "no library": ("runtime/ort.wasm.min.js", lambda path: path.unlink()),
    "no list": ("site.json", lambda path: path.write_text("<h1>Not found</h1>", "utf-8")),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return what the page told by the site's folder; "insecure" is the plain one by http."""
    folder = tmp_path_factory.mktemp("sites")
    settings = SMALL | {"size": 64, "model": small_network(folder)}
    whole = folder / "whole"
    whole.mkdir()
    write_engine_site(whole, settings=from_preset(overrides=settings))
    own = page_folders(tmp_path_factory.mktemp("own"))
    served = {}
    for name, done in DONE.items():
        site = shutil.copytree(whole, folder / name)
        if done:
            done[1](site / done[0])
        served |= {f"/{quote(name)}{path}": place for path, place in ({"/": site} | own).items()}
    served["/blank.html"] = folder / "blank.html"
    (folder / "blank.html").write_text('<link rel="icon" href="data:,">', "utf-8")
    given = folder / "photograph.png", folder / "painting.png"
    photograph(64, 48).save(given[0])
    painting(64, 48).save(given[1])
    policy = POLICY.replace("img-src", "style-src 'self'; img-src blob:")
    with serve_files(served, policy=policy, gunzipped=[f"/{quote(GUNZIPPED)}/"]) as address:
        run = tmp_path_factory.mktemp("run")
        return drive("web-page-hosts.mjs", address, run, *given, *map(quote, DONE))[0]


@pytest.mark.parametrize("name", ["plain", GUNZIPPED, "insecure"])
def test_it_paints(found, name):
    told = found[quote(name)]
    assert "The processor paints" in told["device"]
    assert told["state"].startswith("Painted in")


def test_by_http_the_graphics_card_is_not_used_and_the_page_says_why(found):
    assert "only to pages that come by https" in found["insecure"]["device"]


def test_a_pack_that_is_cut_off_is_told_when_it_is_needed(found):
    told = found[quote("cut pack")]
    assert "The processor paints" in told["device"]
    assert told["state"] == "Not finished"
    assert NOT_COMPLETE in told["fault"]


@pytest.mark.parametrize("name", ["no pack", "changed weights", "no library"])
def test_what_is_missing_or_damaged_is_told_at_the_start(found, name):
    told = found[quote(name)]
    assert NOT_COMPLETE in told["device"]
    assert "Try again" in told["device"]
    assert "processor" not in told["device"]  # it is not the device's fault


def test_a_site_without_its_list_is_told(found):
    assert "its file site.json can’t be read" in found[quote("no list")]["device"]
