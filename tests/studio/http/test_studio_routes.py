"""The studio as a whole over HTTP, and its events."""


def test_what_the_studio_is(client):
    assert client.get("/api/studio").json()["limits"]["pixels"] == 10**6
    assert client.get("/api/form").json() == {"presets": [], "panels": [], "film": []}


def test_the_workspace_is_remembered(client):
    assert client.get("/api/workspace").json() == {"order": None, "current": None}
    composed = {"order": {"photograph": None, "anything": [1]}, "current": "0" * 20}
    assert client.put("/api/workspace", json=composed).json() == composed
    assert client.get("/api/workspace").json() == composed
    assert client.put("/api/workspace", json={"order": {}}).status_code == 422


def test_events_are_told_as_they_are(client, fake):
    fake.hub.texts += ["event: a\ndata: {}\n\n", ": still here\n\n"]
    with client.stream("GET", "/api/events", headers={"Last-Event-ID": "1-5"}) as answer:
        assert "".join(answer.iter_text()) == "".join(fake.hub.texts)
    assert fake.hub.seen == ["1-5"]
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-transform"
    assert answer.headers["x-accel-buffering"] == "no"


def test_too_many_tabs_are_refused_in_an_answer(client, fake):
    fake.hub.refuses = True
    answer = client.get("/api/events")
    assert answer.status_code == 409
    assert answer.json()["error"] == "There are too many tabs."
