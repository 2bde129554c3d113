"""The service worker in Chromium: a small site is kept, served without its host, and updated."""

import pytest
from chromium import drive
from small_sites import write_small_site

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("offline")
    first = write_small_site(folder / "first", heading="first")
    second = write_small_site(folder / "second", heading="second", graph=b"another graph")
    return drive("web-offline.mjs", "http://127.0.0.1", folder, first, second)[0]


def test_pages_tell_no_errors(found):
    assert {name: each["faults"] for name, each in found.items()} == {name: [] for name in found}


def test_everything_is_kept_at_the_first_visit(found):
    kept = found["kept"]
    assert kept["states"] == ["installing", "ready"]
    assert kept["atFirst"] == {"isolated": False, "heading": "first"}


def test_large_files_are_fetched_once(found):
    asked = found["kept"]["askedAtFirst"]
    for name in ("vgg19.gz", "graphs/loss-48.json.gz", "runtime/ort.wasm.min.mjs"):
        assert asked.count(name) == 1


def test_at_the_second_load_it_is_isolated(found):
    assert found["kept"]["again"] == {"isolated": True, "heading": "first"}


def test_without_its_host_it_loads_whole(found):
    offline = found["kept"]["offline"]
    assert offline["heading"] == "first"
    assert offline["isolated"]
    assert offline["worker"] is True
    assert offline["differing"] == []
    assert found["kept"]["otherTab"] == {"isolated": True, "heading": "first"}


def test_ranges_of_what_is_kept_are_answered(found):
    statuses = [status for status, _, _ in found["kept"]["offline"]["ranges"]]
    lengths = [length for _, _, length in found["kept"]["offline"]["ranges"]]
    assert statuses == [206, 206, 206, 416, 200]
    assert lengths[:2] == [3, 3]
    assert lengths[2] == lengths[4] - 5
    assert found["kept"]["offline"]["ranges"][0][1] == f"bytes 2-4/{lengths[4]}"


def test_an_update_fetches_only_what_has_changed(found):
    asked = found["kept"]["askedForUpdate"]
    assert set(asked) == {"sw.js", "site.json", "index.html", "graphs/loss-48.json.gz"}


def test_an_update_waits_until_the_visitor_takes_it(found):
    before, after = found["kept"]["beforeUpdate"], found["kept"]["updated"]
    assert before["heading"] == "first"
    assert before["update"]["state"] == "update"
    assert after == {"isolated": True, "heading": "second", "differing": []}
    assert found["kept"]["otherTabHears"]["state"] == "update"


def test_what_others_keep_at_the_host_is_left(found):
    others = {"of another page", "ortstyle http://127.0.0.1/other/ 1"}
    names = set(found["kept"]["caches"])
    assert others < names
    assert len(names - others) == 1


def test_an_interrupted_download_goes_on_with_what_is_missing(found):
    interrupted = found["interrupted"]
    assert interrupted["failed"] == {"state": "failed", "reason": "network"}
    assert interrupted["heading"] == "first"
    assert interrupted["asked"] == ["vgg19.gz"]


def test_a_page_that_wants_threads_loads_again_once(found):
    isolating = found["isolating"]
    assert (isolating["loads"], isolating["isolated"]) == (2, True)


def test_a_page_that_was_loaded_again_for_threads_can_be_reloaded_without_its_host(found):
    assert found["isolating"]["reloaded"] == [{"isolated": True, "heading": "first"}] * 3


def test_a_visitor_who_has_begun_is_not_interrupted(found):
    begun = found["begun"]
    assert (begun["loads"], begun["isolated"]) == (1, False)


@pytest.mark.parametrize(("case", "reason"), [("insecure", "insecure"), ("old", "browser")])
def test_a_browser_that_can_keep_nothing_is_told_and_the_page_works(found, case, reason):
    assert found[case]["told"] == {"state": "unsupported", "reason": reason}
    assert found[case]["heading"] == "first"


@pytest.mark.parametrize(("case", "reason"), [("full", "quota"), ("mixed", "changed")])
def test_what_can_not_be_kept_is_told_and_the_page_works(found, case, reason):
    assert found[case]["failed"]["reason"] == reason
    assert found[case]["heading"] == "first"
