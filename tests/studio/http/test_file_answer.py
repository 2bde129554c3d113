"""Files as answers: whole, with a tag, and gone when they are gone."""

import asyncio
import os

import pytest
from starlette.requests import ClientDisconnect, Request

from ortstyle.studio.faults import NotFound
from ortstyle.studio.http import file_answer as module
from ortstyle.studio.http.file_answer import accepts_gzip, disposition, file_answer, has_already


def request(**headers):
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "headers": named})


@pytest.fixture(autouse=True)
def few_are_small(monkeypatch):
    monkeypatch.setattr(module, "_SMALL", 3)


@pytest.mark.parametrize(
    ("known", "has"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_what_a_client_has(known, has):
    assert has_already(request(if_none_match=known), '"a"') is has
    assert not has_already(request(), '"a"')


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("deflate, GZip;q=0.5", True),
        ("br;q=1, gzip", True),
        ("gzip;q=0", False),
        ("br", False),
        ("", False),
    ],
)
def test_who_takes_compressed_answers(accepted, takes):
    assert accepts_gzip(request(accept_encoding=accepted)) is takes
    assert not accepts_gzip(request())


async def sent(answer):
    """Return the messages that an answer sends."""
    messages = []

    async def send(message):
        messages.append(message)

    async def receive():
        await asyncio.Event().wait()

    await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
    return messages


def test_a_large_file_is_sent_whole(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(os.urandom(700_001))

    async def get():
        return await sent(await file_answer(request(), path, media_type="image/png"))

    messages = asyncio.run(get())
    headers = dict(messages[0]["headers"])
    assert headers[b"content-length"] == b"700001"
    assert b"".join(m.get("body", b"") for m in messages[1:]) == path.read_bytes()
    path.unlink()  # which Windows refuses while it is open


@pytest.mark.parametrize("data", [b"", b"123", b"1234"])
def test_a_tag_stays_until_the_file_changes(tmp_path, data):
    path = tmp_path / "a.png"

    def answer(**headers):
        async def get():
            found = await file_answer(request(**headers), path, media_type="image/png")
            return found, await sent(found)

        return asyncio.run(get())

    path.write_bytes(data)
    first, messages = answer()
    assert b"".join(m.get("body", b"") for m in messages[1:]) == data
    assert dict(messages[0]["headers"])[b"content-length"] == b"%d" % len(data)
    if len(data) <= 3:  # of larger ones a new time means that they may have changed
        os.utime(path, (5, 5))
    assert answer(if_none_match=first.headers["etag"])[0].status_code == 304
    path.write_bytes(data[:-1] + b"5")
    assert answer(if_none_match=first.headers["etag"])[0].status_code == 200


def test_a_file_that_grows_is_cut_where_it_was_told_to_end(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"1234")

    async def get():
        answer = await file_answer(request(), path, media_type="image/png")
        with path.open("ab") as file:
            file.write(b"5678")
        return await sent(answer)

    assert b"".join(m.get("body", b"") for m in asyncio.run(get())[1:]) == b"1234"


def test_a_file_is_closed_though_nobody_takes_it(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"1234")

    async def send(message):
        raise OSError

    async def get():
        answer = await file_answer(request(), path, media_type="image/png")
        with pytest.raises(ClientDisconnect):
            await answer({"type": "http", "asgi": {"spec_version": "2.4"}}, None, send)
        assert answer._file.closed

    asyncio.run(get())


@pytest.mark.parametrize("name", ["none.png", "folder", "a.png/b"])
def test_what_is_no_file_is_not_found(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "a.png").touch()
    with pytest.raises(NotFound):
        asyncio.run(file_answer(request(), tmp_path / name, media_type="image/png"))


def test_a_name_is_no_header():
    assert disposition('a"\r\nx: y/\ud800ü.png') == (
        "attachment; filename*=utf-8''a%22%0D%0Ax%3A%20y%2F%3F%C3%BC.png"
    )
