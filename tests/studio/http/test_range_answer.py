"""Films as answers: whole or in part, as RFC 9110, section 14, has it."""

import asyncio

import pytest
from starlette.requests import Request

from ortstyle.studio.faults import NotFound
from ortstyle.studio.http.range_answer import film_answer

DATA = bytes(range(100))


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(DATA)
    return path


def answered(path, *, method="GET", download_as="", **headers):
    """Return status, headers and body of the answer to a request."""
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    request = Request({"type": "http", "method": method, "headers": named})
    messages = []

    async def answer():
        async def receive():
            await asyncio.sleep(3600)

        async def send(message):
            messages.append(message)

        found = await film_answer(request, path, media_type="video/mp4", download_as=download_as)
        await found({"type": "http"}, receive, send)

    asyncio.run(answer())
    start, *rest = messages
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], named, b"".join(message["body"] for message in rest)


def test_a_film_is_sent_whole(film):
    status, headers, body = answered(film)
    assert (status, body) == (200, DATA)
    assert headers["content-length"] == "100"
    assert headers["accept-ranges"] == "bytes"
    assert headers["content-type"] == "video/mp4"
    assert "content-range" not in headers


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, 99),
        ("bytes=10-19", 10, 19),
        ("bytes=99-99", 99, 99),
        ("bytes=90-500", 90, 99),
        ("bytes=-7", 93, 99),
        ("bytes=-700", 0, 99),
    ],
)
def test_a_part_is_sent(film, asked, first, last):
    status, headers, body = answered(film, range=asked)
    assert status == 206
    assert headers["content-range"] == f"bytes {first}-{last}/100"
    assert headers["content-length"] == str(last - first + 1)
    assert body == DATA[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=500-600", "bytes=-0"])
def test_a_part_that_is_not_there(film, asked):
    status, headers, body = answered(film, range=asked)
    assert status == 416
    assert b"no such part" in body
    assert headers["content-range"] == "bytes */100"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-4", "bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", f"bytes={'9' * 30}-", ""],
)
def test_what_is_no_range_is_not_heeded(film, asked):
    assert answered(film, range=asked)[::2] == (200, DATA)


def test_a_part_of_another_film_is_not_sent(film):
    _, headers, _ = answered(film)
    same = answered(film, range="bytes=0-4", if_range=headers["etag"])
    other = answered(film, range="bytes=0-4", if_range='"other"')
    assert same[::2] == (206, DATA[:5])
    assert other[::2] == (200, DATA)


def test_what_a_browser_has_is_not_sent_again(film):
    _, headers, _ = answered(film)
    status, _, body = answered(film, if_none_match=headers["etag"])
    assert (status, body) == (304, b"")


def test_a_head_has_no_range(film):
    status, headers, _ = answered(film, method="HEAD", range="bytes=0-4")
    assert (status, headers["content-length"]) == (200, "100")


def test_an_empty_film(tmp_path):
    path = tmp_path / "empty.mp4"
    path.touch()
    assert answered(path)[::2] == (200, b"")
    assert answered(path, range="bytes=0-")[0] == 416


def test_a_film_is_saved_under_a_name(film):
    _, headers, _ = answered(film, download_as="a “film”.mp4")
    assert headers["content-disposition"].startswith("attachment; filename*=utf-8''a%20")


def test_a_film_that_is_gone(tmp_path):
    with pytest.raises(NotFound):
        answered(tmp_path / "gone.mp4")
    with pytest.raises(NotFound):
        answered(tmp_path)
