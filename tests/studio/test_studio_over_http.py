"""The studio over HTTP: each answer is as the document of the interface says."""

import json

import pytest
from studio_at_work import StudioAtWork
from supervised import wait_until

from ortstyle.studio.records import new_id

LONG = {"steps": 100_000, "pause": 0.01}


@pytest.fixture
def work(tmp_path):
    found = StudioAtWork(tmp_path, **LONG)
    yield found
    found.close()


@pytest.fixture
def web(work, server):
    """Return a client of the studio, which checks each answer."""
    from ortstyle.studio.http.app import make_app

    server.app = make_app(work.studio, None)
    server.client.cookies.clear()
    return server.client


def ordered(web, work, **changes):
    answer = web.post("/api/paintings", json=work.data(**changes))
    assert answer.status_code == 201, answer.text
    return [each["id"] for each in answer.json()["paintings"]]


def test_the_studio_and_its_form_are_told(web):
    assert web.get("/api/studio").json()["languages"] == ["en", "de"]
    assert web.get("/api/form").json()["presets"][0]["name"] == "default"


def test_a_picture_is_sent_and_removed(web, tmp_path, photo):
    photo.save(tmp_path / "sea.png")
    answer = web.put(
        "/api/pictures?role=photograph&name=sea.png", content=(tmp_path / "sea.png").read_bytes()
    )
    assert answer.status_code == 201
    id_ = answer.json()["id"]
    assert web.get(f"/api/pictures/{id_}/view?side=64").headers["content-type"] == "image/jpeg"
    assert id_ in {each["id"] for each in web.get("/api/pictures").json()["pictures"]}
    assert web.delete(f"/api/pictures/{id_}").status_code == 204
    assert web.delete(f"/api/pictures/{id_}").status_code == 404


def test_a_painting_is_ordered_steered_and_removed(web, work):
    (first,), (second,) = (ordered(web, work) for _ in range(2))
    work.wait(first, "running")
    wait_until(lambda: web.get(f"/api/paintings/{first}").json()["progress"])
    queue = web.get("/api/queue").json()["paintings"]
    assert [each["id"] for each in queue] == [first, second]
    assert web.post(f"/api/paintings/{first}/pause").json()["state"] == "paused"
    assert web.post(f"/api/paintings/{first}/proceed").status_code == 200
    assert web.post(f"/api/paintings/{second}/move", json={"before": first}).status_code == 200
    assert web.post(f"/api/paintings/{first}/stop").json()["state"] == "stopped"
    assert web.post(f"/api/paintings/{first}/retry").status_code == 200
    assert web.get(f"/api/paintings/{second}/preview?side=256").status_code == 204
    assert web.get(f"/api/paintings/{second}/image").status_code == 404
    for id_ in (first, second):
        assert web.delete(f"/api/paintings/{id_}").status_code == 204
    assert web.get("/api/paintings").json() == {"paintings": [], "more": False}


def test_an_order_that_is_unfit_names_its_field(web, work):
    answer = web.post("/api/paintings", json=work.data(settings={"size": 9000}))
    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Size must be at most 8192 pixels, not 9000.",
        "kind": "Refused",
        "field": "size",
    }
    answer = web.post("/api/paintings", json=work.data(photograph=new_id()))
    assert (answer.status_code, answer.json()["field"]) == (404, "photograph")


def test_variants_and_presets_are_ordered(web, work):
    assert len(ordered(web, work, variants=True)) == 4
    assert ordered(web, work, presets=True) == ordered(web, work, presets=True)


def test_an_order_that_comes_back_can_be_ordered_again(web, work):
    (id_,) = ordered(web, work, settings={"style_layers": "relu1_1:1", "depth": 16}, draft=True)
    order = web.get(f"/api/paintings/{id_}").json()["order"]
    assert web.post("/api/paintings", json=order).status_code == 201


def test_a_plan_and_a_command_are_told(web, work):
    assert web.post("/api/plan", json=work.data()).json()["fits"]
    assert "photo.png" in web.post("/api/command", json=work.data()).json()["render"]


def test_a_picture_that_is_needed_is_not_removed(web, work):
    ordered(web, work)
    answer = web.delete(f"/api/pictures/{work.photograph}")
    assert answer.status_code == 409
    assert "photo.png" in answer.json()["error"]


def test_a_workspace_is_kept(web):
    data = {"order": {"photograph": None}, "current": None}
    assert web.put("/api/workspace", json=data).status_code == 200
    assert web.get("/api/workspace").json() == data


def test_events_are_told_as_they_happen(web, work):
    with web.stream("GET", "/api/events") as answer:
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("event: ")) == "event: hello"
        (id_,) = ordered(web, work)
        kinds = iter(line for line in lines if line.startswith(("event: ", "data: ")))
        assert next(line for line in kinds if line == "event: painting")
        assert json.loads(next(kinds).removeprefix("data: "))["id"] == id_
