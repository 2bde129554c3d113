"""The studio itself over HTTP, with workers that paint nothing: each of its answers is checked."""

import json
import socket
from threading import Thread
from urllib.parse import urlsplit

import pytest
from PIL import Image
from served import guarding, png
from studio_at_work import StudioAtWork
from supervised import wait_until

from ortstyle.studio.guard.body_limits import BodyLimit, BodyLimits


@pytest.fixture
def at_work(tmp_path):
    found = StudioAtWork(tmp_path, steps=1000, pause=0.05)
    yield found
    found.close()


@pytest.fixture
def served(at_work):
    with guarding(at_work.studio) as found:
        yield found


def events_of(answer):
    """Yield kind and data of the events of a stream."""
    kind = None
    for line in answer.iter_lines():
        name, _, text = line.partition(": ")
        if name == "event":
            kind = text
        elif name == "data":
            yield kind, json.loads(text)


def test_pictures(served, at_work):
    client = served.client
    assert client.get("/api/studio").json()["devices"]
    assert client.get("/api/form").json()["presets"]
    sent = client.put("/api/pictures?role=painting&name=..%2Fa.jpg", content=png(30, 20))
    assert (sent.json()["width"], sent.json()["height"]) == (30, 20)
    assert "/" not in sent.json()["name"]
    again = client.put("/api/pictures?role=painting&name=b", content=png(30, 20))
    assert again.json()["id"] == sent.json()["id"]
    found = client.get("/api/pictures?role=painting").json()["pictures"]
    assert {picture["id"] for picture in found} == {sent.json()["id"], at_work.style}
    view = client.get(f"/api/pictures/{sent.json()['id']}/view?side=16")
    assert view.headers["content-type"] == "image/jpeg"
    known = {"If-None-Match": view.headers["etag"]}
    assert client.get(view.request.url, headers=known).status_code == 304
    assert client.delete(f"/api/pictures/{sent.json()['id']}").status_code == 204
    assert client.get(view.request.url).status_code == 404


@pytest.mark.parametrize("data", [b"", b"no", b"\x89PNG\r\n\x1a\n", png()[:40], b"<svg/>"])
def test_what_is_no_picture(served, at_work, data):
    answer = served.client.put("/api/pictures?role=painting", content=data)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
    assert not list((at_work.home / "uploads").iterdir())


def test_an_order_from_its_plan_to_its_removal(served, at_work):
    client, order = served.client, at_work.data()
    assert "ortstyle render photo.png waves.png" in client.post("/api/command", json=order).text
    (painting,) = client.post("/api/paintings", json=order).json()["paintings"]
    assert painting["photograph"] == at_work.photograph
    address = f"/api/paintings/{painting['id']}"
    wait_until(lambda: client.get(address).json()["progress"])
    assert client.get(f"{address}/preview").status_code in (200, 204)
    assert client.get(f"{address}/image").status_code == 404
    assert client.post(f"{address}/pause").status_code == 200
    wait_until(lambda: client.get(address).json()["state"] == "paused")
    assert client.post(f"{address}/proceed").status_code == 200
    assert client.post(f"{address}/move", json={"before": None}).status_code in (200, 409)
    (listed,) = client.get("/api/queue").json()["paintings"]
    assert listed["id"] == painting["id"]
    assert client.delete(f"/api/pictures/{at_work.photograph}").status_code == 409
    assert client.post(f"{address}/stop").status_code == 200
    wait_until(lambda: client.get(address).json()["state"] == "stopped")
    assert client.get("/api/queue").json() == {"paintings": []}
    assert client.post(f"{address}/retry").status_code == 200
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.get("/api/paintings").json() == {"paintings": [], "more": False}


def test_a_result_and_what_it_is_used_for(tmp_path):
    at_work = StudioAtWork(tmp_path)
    try:
        with guarding(at_work.studio) as server:
            use_a_result(server.client, at_work)
    finally:
        at_work.close()


def use_a_result(client, at_work):
    order = at_work.data(draft=True)
    (draft,) = client.post("/api/paintings", json=order).json()["paintings"]
    at_work.wait_for_result(draft["id"])
    Image.new("RGB", (40, 30), "green").save(at_work.folder.result(draft["id"]))
    address = f"/api/paintings/{draft['id']}"
    assert client.get(address).json()["state"] == "done"
    assert client.get(f"{address}/image?side=256").headers["content-type"] == "image/jpeg"
    assert client.get(f"{address}/image").headers["content-type"] == "image/png"
    for form in ("png", "jpeg"):
        kept = client.get(f"{address}/download?metadata=none&format={form}")
        assert kept.headers["content-type"] == f"image/{form}"
        assert kept.headers["content-disposition"].startswith("attachment;")
    used = client.post(f"{address}/picture?role=photograph").json()
    assert (used["width"], used["height"]) == (40, 30)
    (after,) = client.get("/api/paintings?state=done&kind=draft").json()["paintings"]
    assert after["id"] == draft["id"]
    later = client.get(f"/api/paintings?before={draft['id']}").json()
    assert later == {"paintings": [], "more": False}


def test_four_variants_have_a_group(served, at_work):
    order = at_work.data(variants=True)
    found = served.client.post("/api/paintings", json=order).json()["paintings"]
    assert len({painting["group"] for painting in found}) == 1
    assert len(found) == 4


def test_events_go_on_where_they_broke_off(served, at_work):
    client = served.client
    with client.stream("GET", "/api/events") as answer:
        events = events_of(answer)
        assert next(events)[0] == "hello"
        (painting,) = client.post("/api/paintings", json=at_work.data()).json()["paintings"]
        data = next(data for kind, data in events if kind == "painting")
        assert data["id"] == painting["id"]
    with client.stream("GET", "/api/events", headers={"Last-Event-ID": "elsewhere-5"}) as answer:
        assert "reload" in [kind for _, (kind, _) in zip(range(3), events_of(answer), strict=False)]
    head = client.head("/api/events")
    assert head.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("last", ["x", "1-1", "-1", "1-", "a" * 9000, "{boot}-999", "{boot}--1"])
def test_events_after_an_id_that_is_none(served, last):
    client = served.client
    with client.stream("GET", "/api/events") as answer:
        line = next(line for line in answer.iter_lines() if line.startswith("id: "))
    boot = line.removeprefix("id: ").rpartition("-")[0]
    with client.stream("GET", "/api/events", headers={"Last-Event-ID": last.format(boot=boot)}) as (
        answer
    ):
        assert next(events_of(answer))[0] == "reload"


def test_events_end_when_the_server_ends(at_work, caplog):
    ended = []

    def listen(server):
        with server.client.stream("GET", "/api/events") as answer:
            for kind, _ in events_of(answer):
                ended.append(kind)
        ended.append("ended")

    with guarding(at_work.studio) as server:
        thread = Thread(target=listen, args=[server])
        thread.start()
        wait_until(lambda: ended == ["hello"])
        server.close()
        thread.join(30)
        assert not thread.is_alive()
    assert ended == ["hello", "ended"]
    assert not caplog.records


def test_an_upload_that_is_cut_off_leaves_nothing(served, at_work):
    address = urlsplit(served.address)
    before = served.client.get("/api/pictures").json()
    with socket.create_connection((address.hostname, address.port), 60) as broken:
        head = (
            "PUT /api/pictures?role=painting HTTP/1.1",
            f"Host: {address.netloc}",
            f"Authorization: Bearer {served.token}",
            "Content-Length: 100000",
        )
        broken.sendall("\r\n".join([*head, "", ""]).encode() + png())
        wait_until(lambda: list((at_work.home / "uploads").iterdir()))
    wait_until(lambda: not list((at_work.home / "uploads").iterdir()))
    assert served.client.get("/api/pictures").json() == before


@pytest.mark.parametrize("is_told", [True, False])
def test_an_upload_that_is_too_large_leaves_nothing(at_work, is_told):
    data = png() + bytes(100_000)
    limits = BodyLimits(upload=BodyLimit(50_000))
    with guarding(at_work.studio, limits) as server:
        content = data if is_told else iter([data[:40_000], data[40_000:]])
        answer = server.client.put("/api/pictures?role=painting", content=content)
        assert answer.status_code == 413
        wait_until(lambda: not list((at_work.home / "uploads").iterdir()))


def test_an_upload_that_stops_leaves_nothing(at_work):
    limits = BodyLimits(upload=BodyLimit(50_000, idle_seconds=0.3))
    with guarding(at_work.studio, limits) as server:
        address = urlsplit(server.address)
        with socket.create_connection((address.hostname, address.port), 60) as slow:
            head = (
                "PUT /api/pictures?role=painting HTTP/1.1",
                f"Host: {address.netloc}",
                f"Authorization: Bearer {server.token}",
                "Content-Length: 4000",
            )
            slow.sendall("\r\n".join([*head, "", ""]).encode() + png())
            assert slow.recv(12) == b"HTTP/1.1 408"
        wait_until(lambda: not list((at_work.home / "uploads").iterdir()))
