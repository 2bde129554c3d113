"""Who is let in by which answer; over real connections see `test_middleware`."""

import asyncio

import pytest

from ortstyle.studio.guard.access import Access, TooManyTries
from ortstyle.studio.guard.entrance import Entrance
from ortstyle.studio.guard.request_checks import MethodNotAllowed
from ortstyle.studio.guard.sign_in import NotSignedIn

PASSWORD = "correct horse"  # noqa: S105


class SentBody:
    def __init__(self, data):
        self.data = data

    async def read(self):
        return self.data


def respond(entrance, method="GET", path="/", query=b"", body=None, **headers):
    scope = {
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "client": ("1.2.3.4", 5),
    }
    return asyncio.run(entrance.respond(scope, SentBody(body)))


@pytest.fixture
def access():
    return Access("a-token", ("127.0.0.1:8765",), PASSWORD)


@pytest.fixture
def entrance(access):
    return Entrance(access)


def test_the_user_is_let_through(entrance, access):
    assert respond(entrance, path="/api/x", cookie=access.cookie().partition(";")[0]) is None
    assert respond(entrance, "PUT", "/api/x", authorization="Bearer a-token") is None


def test_all_others_are_not(entrance):
    for method, path in (("GET", "/api/x"), ("POST", "/"), ("GET", "/page/studio.css")):
        with pytest.raises(NotSignedIn):
            respond(entrance, method, path)
    assert respond(entrance).status_code == 401


def test_an_address_leads_on_without_its_secret(entrance):
    answer = respond(entrance, query=b"a=b&token=a-token")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    answer = respond(entrance, query=b"token=a-token", sec_fetch_site="none")
    assert answer.status_code == 303


def test_a_password_that_was_cut_off_has_no_answer(entrance):
    assert respond(entrance, "POST", "/api/login") is None


def test_a_password_is_sent_by_post(entrance):
    for method in ("GET", "HEAD", "PUT"):
        with pytest.raises(MethodNotAllowed):
            respond(entrance, method, "/api/login")


def test_only_so_many_passwords_are_looked_at_at_once(entrance, access, monkeypatch):
    body = b'{"password": "correct horse"}'

    async def many():
        held = asyncio.Event()

        async def wait(_check, *_given):
            await held.wait()
            return True

        monkeypatch.setattr("ortstyle.studio.guard.entrance.run_in_threadpool", wait)
        scope = {
            "method": "POST",
            "path": "/api/login",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "client": None,
        }
        tries = [asyncio.ensure_future(entrance.respond(scope, SentBody(body))) for _ in range(10)]
        done, pending = await asyncio.wait(tries, timeout=0.1)
        held.set()
        return done, await asyncio.gather(*pending)

    refused, answers = asyncio.run(many())
    assert [type(one.exception()) for one in refused] == [TooManyTries] * 2
    assert [answer.status_code for answer in answers] == [204] * 8
