"""Paintings over HTTP."""

import pytest
from served import png


def test_an_order_is_checked_before_the_studio_sees_it(client, fake, picture):
    order = {"photograph": picture["id"], "paintings": [{"picture": picture["id"], "weight": 2}]}
    for bad, says in [
        ({"paintings": []}, "must not be empty"),
        ({"photograph": "../x"}, "must be an id"),
        ({"settings": {"model": "x.onnx"}}, "has no 'model'"),
        ({"other": 1}, "has no 'other'"),
    ]:
        for path in ("paintings", "plan", "command"):
            answer = client.post(f"/api/{path}", json=order | bad)
            assert answer.status_code == 422
            assert says in answer.json()["error"]
    assert [call[0] for call in fake.called] == ["receive"]
    assert client.post("/api/paintings", json=order).status_code == 201
    assert fake.called[-1] == ("order", order)


def test_what_was_ordered_is_listed(client, fake, painting):
    assert painting["kind"] == "draft"
    assert client.get("/api/queue").json() == {"paintings": [painting]}
    assert client.get("/api/paintings").json() == {"paintings": [painting], "more": False}
    assert fake.called[-1] == ("paintings", None, 50, None, None)
    client.get(f"/api/paintings?before={painting['id']}&limit=7&kind=draft&state=done")
    assert fake.called[-1] == ("paintings", painting["id"], 7, "draft", "done")
    detail = client.get(f"/api/paintings/{painting['id']}").json()
    assert detail["curve"] == [[1, 2.5, {"style": 2.0}]]


def test_a_plan_and_a_command_are_told(client, picture):
    order = {"photograph": picture["id"], "paintings": [{"picture": picture["id"]}]}
    assert client.post("/api/plan", json=order).json()["fits"] is True
    assert client.post("/api/command", json=order).json()["render"] == "ortstyle"


@pytest.mark.parametrize("action", ["pause", "proceed", "stop", "retry"])
def test_a_painting_is_steered(client, fake, painting, action):
    answer = client.post(f"/api/paintings/{painting['id']}/{action}")
    assert answer.json() == painting
    assert fake.called[-1] == (action, painting["id"], {})


@pytest.mark.parametrize("before", [None, "0" * 20])
def test_a_painting_is_moved(client, fake, painting, before):
    answer = client.post(f"/api/paintings/{painting['id']}/move", json={"before": before})
    assert answer.json() == {"paintings": [painting]}
    assert fake.called[-1] == ("move", painting["id"], {"before": before})


def test_previews_have_versions(client, fake, painting):
    address = f"/api/paintings/{painting['id']}/preview?side=300"
    found = client.get(address)
    assert (found.content, found.headers["content-type"]) == (b"jpeg", "image/jpeg")
    assert fake.called[-1] == ("preview", painting["id"], 300)
    again = client.get(address, headers={"If-None-Match": found.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(f"{address}&look=2").content == found.content
    other = f"/api/paintings/{painting['id']}/preview"
    headers = {"If-None-Match": found.headers["etag"]}
    assert client.get(other, headers=headers).status_code == 200  # of another size
    assert fake.called[-1] == ("preview", painting["id"], 768)


def test_a_painting_without_a_preview_yet_answers_nothing(client, fake, painting):
    fake.painted[painting["id"]]["kind"] = "painting"
    answer = client.get(f"/api/paintings/{painting['id']}/preview")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_result_is_shown_and_kept(client, fake, painting):
    shown = client.get(f"/api/paintings/{painting['id']}/image?side=256")
    assert shown.content == png()
    assert ("image", painting["id"], 256) in fake.called
    assert "content-disposition" not in shown.headers
    kept = client.get(f"/api/paintings/{painting['id']}/download?metadata=none&format=jpeg")
    assert ("download", painting["id"], "none", "jpeg") in fake.called
    header = kept.headers["content-disposition"]
    assert header == "attachment; filename*=utf-8''a%20%E2%80%9Ctitle%E2%80%9D.png"
    client.get(f"/api/paintings/{painting['id']}/download")
    assert ("download", painting["id"], "keep", "png") in fake.called


def test_a_result_is_used_as_a_picture(client, painting, picture):
    answer = client.post(f"/api/paintings/{painting['id']}/picture?role=painting")
    assert (answer.status_code, answer.json()) == (201, picture)


def test_a_painting_is_removed(client, painting):
    assert client.delete(f"/api/paintings/{painting['id']}").status_code == 204
    assert client.delete(f"/api/paintings/{painting['id']}").status_code == 404
