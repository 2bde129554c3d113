"""The page's client of the engine: it survives lost devices and workers, but not for ever."""

import pytest
from chromium import run_in_node
from web_pages import PAGE

pytestmark = pytest.mark.javascript


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    module = PAGE / "app" / "engine-client.js"
    return run_in_node("web-engine-client.mjs", module, tmp_path_factory.mktemp("client"))


def test_an_order_is_sent_once_the_worker_is_ready(found):
    painted = found["painted"]
    start, paint, stop = painted["sent"]
    assert painted["early"] == 1
    assert start == {"type": "start", "base": "base/", "backend": "auto"}
    assert paint == {
        "type": "paint",
        "id": 1,
        "photograph": "a",
        "painting": "b",
        "order": {"size": 64},
    }
    assert stop == {"type": "stop", "id": 1}


def test_messages_of_other_paintings_are_not_told(found):
    painted = found["painted"]
    assert painted["kinds"] == ["ready", "progress", "preview", "done"]
    assert painted["done"] == ["done", {"id": 1, "evaluations": 2}]


def test_painting_goes_on_from_the_last_preview(found):
    recovered = found["recovered"]
    first, again, resumed = recovered["resumed"]
    assert first is again is None
    assert resumed == {"scale": 2, "evaluations": 4, "image": "picture 4"}
    assert recovered["kinds"].count("recovering") == 2
    assert recovered["kinds"].count("done") == 1
    assert recovered["ended"] == [True, True, False]


def test_a_device_that_gets_no_further_is_given_up(found):
    given_up = found["givenUp"]
    assert given_up["recoveries"] == [1, 2, 3]
    assert given_up["failed"][1]["kind"] == "lost"
    assert given_up["count"] == 5  # the last one for what is ordered next
    assert given_up["after"] == [["start", "wasm"], ["paint", 2]]


def test_a_worker_that_never_starts_is_given_up(found):
    never = found["neverReady"]
    lost = {"kind": "lost", "text": "no module"}
    assert never["told"] == [["refused", lost], ["unable", lost]]
    assert never["backends"] == [*["auto"] * 4, *["wasm"] * 4]
    assert never["ended"]


def test_a_browser_that_can_not_paint_is_told_at_once(found):
    (told,) = found["unable"]["told"]
    assert (told[0], told[1]["text"]) == ("unable", "no WebAssembly")
    assert found["unable"]["ended"]


def test_a_start_that_fails_ends_what_is_painted_and_the_next_one_tries_again(found):
    not_whole = found["notWhole"]
    told = [["recovering", None], ["failed", "network"], ["unable", "network"], ["ready", None]]
    assert not_whole["kinds"] == told
    assert not_whole["ended"]
    assert (not_whole["count"], not_whole["last"]) == (3, ["start", "paint"])


def test_a_script_that_does_not_come_is_not_taken_for_a_lost_device(found):
    no_script = found["noScript"]
    text = "the worker can't be loaded"
    assert no_script["told"] == [["unable", {"kind": "site", "text": text}]]
    assert no_script["backends"] == ["auto"] * 4


def test_what_is_lost_while_it_stops_has_stopped(found):
    stopped = found["stoppedAndLost"]
    kind, detail = stopped["told"]
    assert kind == "done"
    assert (detail["image"], detail["evaluations"]) == (None, 4)
    assert (stopped["count"], stopped["last"]) == (2, ["start"])


def test_what_a_failure_may_have_broken_is_started_anew(found):
    anew = {kind for kind, renewed in found["renewed"].items() if renewed}
    assert anew == {"memory", "other"}


def test_memory_is_freed_after_it_was_not_enough(found):
    memory = found["memory"]
    assert memory["told"][0] == "failed"
    assert memory["told"][1]["kind"] == "memory"
    assert (memory["count"], memory["backend"]) == (2, "webgpu")


def test_the_last_plan_counts(found):
    planned = found["planned"]
    assert planned["early"] == 1
    assert planned["told"] == [["planned", {"bytes": 3}], ["planned", None]]
    assert planned["kinds"] == ["start", *["plan"] * 4, "paint"]
    assert planned["sent"] == {
        "type": "plan",
        "order": {"size": 64},
        "photograph": [1, 2],
        "painting": [3, 4],
    }
