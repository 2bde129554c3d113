"""Pictures over HTTP."""

import pytest
from served import png

from ortstyle.packaged import packaged_path


def test_a_picture_is_sent_listed_shown_and_removed(client, picture):
    assert picture["name"] == "a photograph.png"
    assert picture["role"] == "photograph"
    assert (picture["width"], picture["height"]) == (8, 6)
    assert client.get("/api/pictures").json() == {"pictures": [picture]}
    assert client.get("/api/pictures?role=photograph").json() == {"pictures": [picture]}
    assert client.get("/api/pictures?role=mask").json() == {"pictures": []}
    view = client.get(f"/api/pictures/{picture['id']}/view?side=256")
    assert view.content == png()
    assert view.headers["content-type"] == "image/png"
    removed = client.delete(f"/api/pictures/{picture['id']}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get("/api/pictures").json() == {"pictures": []}


def test_the_studio_is_told_what_was_sent(client, fake):
    client.put("/api/pictures?role=mask", content=iter([png()]))
    client.put("/api/pictures?role=mask&name=ü.png", content=png())
    received = [call for call in fake.called if call[0] == "receive"]
    assert received == [("receive", "", "mask", None), ("receive", "ü.png", "mask", len(png()))]


def test_the_examples_are_a_photograph_and_a_painting(client, fake):
    answer = client.post("/api/examples")
    assert answer.status_code == 201
    pictures = answer.json()["pictures"]
    assert [picture["role"] for picture in pictures] == ["photograph", "painting"]
    assert min(picture["width"] for picture in pictures) > 200
    assert client.get("/api/pictures").json()["pictures"] == pictures
    sent = packaged_path("examples", "photo.jpg").read_bytes()
    assert fake.picture_file(pictures[0]["id"], None)[0].read_bytes() == sent


def test_a_view_that_is_known_is_not_sent_again(client, picture):
    address = f"/api/pictures/{picture['id']}/view"
    tag = client.get(address).headers["etag"]
    again = client.get(address, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "address", ["/api/pictures", "/api/pictures?role=x", "/api/pictures?role="]
)
def test_a_role_is_needed(client, fake, address):
    answer = client.put(address, content=png())
    assert answer.status_code == 422
    assert "role" in answer.json()["error"]
    assert not fake.called


def test_what_is_no_picture_is_refused(client):
    answer = client.put("/api/pictures?role=mask", content=b"no")
    assert answer.status_code == 422
    assert answer.json() == {"error": "This is not a picture.", "kind": "Refused"}


def test_a_picture_that_is_needed_stays(client, painting):
    answer = client.delete(f"/api/pictures/{painting['photograph']}")
    assert answer.status_code == 409
    assert answer.json()["kind"] == "Conflict"
