"""A studio that paints nothing, its application on a real server, and a client of it."""

import pytest


@pytest.fixture
def fake(tmp_path):
    """Return a studio that paints nothing."""
    from fake_studio import FakeStudio

    folder = tmp_path / "studio"
    folder.mkdir()
    return FakeStudio(folder)


@pytest.fixture(scope="session")
def server():
    """Return a server that serves its attribute `app` to its attribute `client`."""
    from served import Switch, checking_client, serving

    switch = Switch()
    with serving(switch) as address, checking_client(address) as switch.client:
        yield switch


@pytest.fixture
def client(fake, server):
    """Return a client of the fake studio; each of its answers is checked against the document."""
    from ortstyle.studio.http.app import make_app

    server.app = make_app(fake)
    server.client.cookies.clear()
    return server.client


@pytest.fixture
def picture(client):
    """Return a picture that has been sent."""
    from served import png

    answer = client.put("/api/pictures?role=photograph&name=a%20photograph.png", content=png())
    assert answer.status_code == 201
    return answer.json()


@pytest.fixture
def painting(client, picture):
    """Return a draft that has been ordered."""
    order = {"photograph": picture["id"], "paintings": [{"picture": picture["id"]}], "draft": True}
    answer = client.post("/api/paintings", json=order)
    assert answer.status_code == 201
    return answer.json()["paintings"][0]


@pytest.fixture
def make(tmp_path):
    """Return a function that opens a studio; its arguments are what the workers do."""
    from studio_at_work import StudioAtWork

    made = []

    def make_studio(**plan):
        made.append(StudioAtWork(tmp_path, **plan))
        return made[-1]

    yield make_studio
    for each in made:
        each.close()
