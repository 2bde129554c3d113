"""Random bytes, and requests that are nearly right: each connection ends, and none harms others."""

import random
import re

import pytest
from behind_guard import answer_of, running

METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "", "G\x00T"]
PATHS = [
    "/",
    "/api/echo",
    "/api/pictures",
    "/api/login",
    "/?token=",
    "/api/%2e%2e/x",
    "/%ff%00",
    "*",
    "http://evil.example/",
    "/" + "a/" * 3000,
]
HEADERS = [
    "Host: evil.example",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: identity",
    "Expect: 100-continue",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Connection: keep-alive, x",
    "Cookie: a=b; ; =; ortstyle-1",
    "Authorization: Bearer",
    "Origin: null",
    "Sec-Fetch-Site: same-origin",
    "Range: bytes=0-,-1,5-2",
    "X\x01: y",
    "X: " + "y" * 9000,
    "Content-Type: application/json",
]
BODIES = [b"", b"12345", b"5\r\n12345\r\n0\r\n\r\n", b"fffffffffff\r\n", b"\x00" * 3000]


def request(chance, door):
    """Return a request of parts that are drawn, now and then with a byte that was changed."""
    line = f"{chance.choice(METHODS)} {chance.choice(PATHS)} HTTP/1.{chance.choice('0115')}"
    own = [f"Host: {door.host}", f"Cookie: {door.cookie}"]
    headers = [one for one in own if chance.random() < 0.9]
    headers += chance.sample(HEADERS, chance.randrange(5))
    data = "\r\n".join([line, *headers, "", ""]).encode("latin-1") + chance.choice(BODIES)
    if chance.random() < 0.2:
        where = chance.randrange(len(data))
        data = data[:where] + chance.randbytes(1) + data[where + 1 :]
    return data


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_sent_the_server_answers_and_goes_on(seed, caplog):
    chance = random.Random(seed)  # noqa: S311
    with running() as door:
        for _ in range(60):
            with door.connect() as connection:
                data = request(chance, door)
                connection.sendall(data)
                if chance.random() < 0.5:
                    continue  # gone without listening
                connection.settimeout(0.05)  # what waits for more of a body is left alone
                try:
                    status, text = answer_of(connection)
                except TimeoutError:
                    continue
                statuses = [int(one) for one in re.findall(rb"HTTP/1.1 (\d+) ", text)]
                assert all(one < 500 or one == 501 for one in statuses), (data, text)
                assert status is None or status >= 100
        with door.client() as client:
            assert client.get("/api/echo").status_code == 200
    assert "failed" not in caplog.text
