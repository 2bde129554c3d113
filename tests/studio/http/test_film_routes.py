"""Films over HTTP: sent, played in parts, and looked at frame by frame."""

from served import png


def send(client):
    answer = client.put("/api/clips?name=a%20film.mp4", content=png())
    assert answer.status_code == 201
    return answer.json()


def test_a_film_is_sent_and_played_in_parts(client):
    film = send(client)
    assert film["clip"]["rate"] == 25
    assert film["role"] == "photograph"
    whole = client.get(f"/api/pictures/{film['id']}/film")
    assert whole.headers["accept-ranges"] == "bytes"
    part = client.get(f"/api/pictures/{film['id']}/film", headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    after = client.get(f"/api/pictures/{film['id']}/film", headers={"Range": "bytes=99999999-"})
    assert after.status_code == 416


def test_a_frame_is_looked_at_by_its_moment(client, fake):
    film = send(client)
    answer = client.get(f"/api/pictures/{film['id']}/frame?at=1250&side=300")
    assert answer.headers["content-type"] == "image/jpeg"
    assert fake.called[-2:] == [("frame", film["id"], 1.25, 300), ("view", film["id"], 300)]


def test_a_painted_film_is_played_and_looked_at(client, fake, painting):
    answer = client.get(f"/api/paintings/{painting['id']}/film", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, len(answer.content)) == (206, 4)
    assert client.get(f"/api/paintings/{painting['id']}/frame?at=40").status_code == 200
    assert ("painted", painting["id"], 0.04, 1024) in fake.called


def test_moments_that_are_none_are_refused(client, picture):
    for at in ("", "-1", "1.5", "soon", "1000000000000"):
        assert client.get(f"/api/pictures/{picture['id']}/frame?at={at}").status_code == 422
    assert client.get(f"/api/pictures/{picture['id']}/frame").status_code == 422


def test_films_that_are_not_there(client):
    for path in ("film", "frame?at=0"):
        assert client.get(f"/api/pictures/{'0' * 20}/{path}").status_code == 404
        assert client.get(f"/api/paintings/{'0' * 20}/{path}").status_code == 404
