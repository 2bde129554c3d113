"""Films in a studio whose workers paint nothing: sent, looked at, ordered, drafted, removed."""

import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av")

from films import index_of, write_film

from ortstyle.studio.faults import Conflict, NotFound, Refused


def send_film(work, path):
    import asyncio

    async def chunks():
        yield path.read_bytes()

    length, kind = path.stat().st_size, {"name": path.name, "role": "photograph", "is_film": True}
    return asyncio.run(work.studio.receive_picture(chunks(), length=length, **kind))


@pytest.fixture
def film(make, tmp_path):
    """Return a studio, and a film of eight frames that was sent there."""
    work = make(steps=3)
    sent = send_film(work, write_film(tmp_path / "a film.mp4", frames=8, rate=25, sound=True))
    return work, sent


def pixels(path):
    return np.asarray(Image.open(path))


def test_a_film_is_kept_and_known(film):
    work, sent = film
    assert (sent["name"], sent["width"], sent["height"]) == ("a film.mp4", 64, 48)
    assert sent["clip"]["form"] == "mp4"
    assert sent["clip"]["sound"]
    assert work.studio.pictures("photograph")[0]["id"] == sent["id"]
    path, media_type = work.studio.films.clip_file(sent["id"])
    assert (path.suffix, media_type) == (".mp4", "video/mp4")


def test_frames_are_shown_and_one_stands_for_the_film(film):
    work, sent = film
    assert index_of(pixels(work.studio.films.clip_frame(sent["id"], 0.2, 256))) == 5
    poster, media_type = work.studio.picture_file(sent["id"], 256)
    assert media_type == "image/jpeg"
    assert index_of(pixels(poster)) == 4


def test_what_is_no_film_is_refused_and_nothing_stays(film, tmp_path):
    work, _ = film
    path = tmp_path / "no film.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    with pytest.raises(Refused, match=r"no film\.mp4"):
        send_film(work, path)
    assert list(work.folder.uploads.iterdir()) == []
    with pytest.raises(NotFound):
        work.studio.films.clip_file(work.photograph)


def test_a_draft_of_a_film_is_of_the_frame_where_the_page_stands(film):
    work, sent = film
    id_ = work.order(photograph=sent["id"], draft=True, moment=0.2)
    painting = work.studio.painting(id_)
    still = work.studio.catalogue.picture(painting["photograph"])
    assert still.still == {"of": sent["id"], "at": 0.2}
    assert painting["film"] is None
    shown = pixels(work.folder.picture(still.id, ".png"))
    assert (shown.shape, index_of(shown)) == ((48, 64, 3), 5)
    work.wait_for_result(id_)
    again = work.order(photograph=sent["id"], draft=True, moment=0.2)
    assert work.studio.painting(again)["photograph"] == still.id


def test_a_film_is_ordered(film):
    work, sent = film
    id_ = work.order(photograph=sent["id"], film={"settings": {"every": 2}, "begin": 0.08})
    painting = work.studio.painting(id_)
    assert painting["film"]["begin"] == 0.08
    assert painting["film"]["seconds"] == pytest.approx(0.24, abs=0.05)
    assert (painting["film"]["form"], painting["film"]["sound"]) == ("mp4", True)
    assert painting["command"]["render"].startswith("ortstyle video 'a film.mp4' waves.png")
    assert "--every 2" in painting["command"]["render"]
    work.wait_for_result(id_)
    path, name, media_type = work.studio.download(id_, "keep", "png")
    assert (path.name, media_type) == (f"{id_}.mp4", "video/mp4")
    assert name == "a film · waves.mp4"
    assert work.studio.films.painted_file(id_)[0] == path
    with pytest.raises(Conflict):
        work.studio.to_picture(id_, "photograph")
    work.studio.remove_painting(id_)
    assert not path.exists()


def test_a_film_that_is_painted_is_looked_at_by_its_frames(make, tmp_path):
    work = make(steps=10**6, pause=0.01)
    sent = send_film(work, write_film(tmp_path / "a.mp4", frames=4))
    id_ = work.order(photograph=sent["id"], film={})
    with pytest.raises(NotFound):
        work.studio.films.painted_file(id_)
    with pytest.raises(NotFound, match="No frame"):
        work.studio.films.painted_frame(id_, 0, 256)
    painting = work.studio.catalogue.painting(id_)
    folder = work.studio._queues["painting"].frames_of(painting.key)
    (folder / "painted" / "1").mkdir(parents=True)
    Image.new("RGB", (64, 48), "lime").save(folder / "painted" / "1" / "0000000.png")
    shown = pixels(work.studio.films.painted_frame(id_, 0.0, 256))
    assert shown[10, 10].tolist() == pytest.approx([0, 255, 0], abs=4)


def test_a_picture_is_no_film(film):
    work, _ = film
    with pytest.raises(Refused, match="no film"):
        work.order(film={})


def test_a_film_goes_with_its_stills(film):
    work, sent = film
    id_ = work.order(photograph=sent["id"], draft=True, moment=0.0)
    work.wait_for_result(id_)
    still = work.studio.painting(id_)["photograph"]
    work.studio.remove_picture(sent["id"])
    known = {each["id"] for each in work.studio.pictures(None)}
    assert not known & {sent["id"], still}
    removed = [data["id"] for kind, data in work.events() if kind == "removed"]
    assert set(removed) == {sent["id"], still}


def test_a_film_is_known_again_after_a_restart(film):
    work, sent = film
    work.close()
    work.open()
    assert json.dumps(sent["clip"]) == json.dumps(work.studio.pictures("photograph")[0]["clip"])
