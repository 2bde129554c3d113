"""Every answer has the headers that keep other sites, and what is sent, from doing harm."""

import asyncio
import re

import pytest

from ortstyle.studio.guard.headers import CONTENT_POLICY, secured, securing, values_of


def headers(*given):
    found = secured(given)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_an_answer_has_them_all():
    assert headers().keys() == {
        b"cache-control",
        b"content-security-policy",
        b"cross-origin-opener-policy",
        b"cross-origin-resource-policy",
        b"permissions-policy",
        b"referrer-policy",
        b"x-content-type-options",
        b"x-frame-options",
    }


def test_an_answer_may_say_how_long_it_is_kept():
    found = headers((b"Cache-Control", b"no-cache"), (b"ETag", b'"1"'))
    assert found[b"cache-control"] == b"no-cache"
    assert found[b"etag"] == b'"1"'
    assert headers()[b"cache-control"] == b"no-store"


def test_no_answer_lets_another_site_use_it():
    found = headers((b"Cross-Origin-Resource-Policy", b"cross-origin"))
    assert found[b"cross-origin-resource-policy"] == b"same-origin"


@pytest.mark.parametrize(
    "source", ["'unsafe-inline'", "'unsafe-eval'", "http", "*", "data: 'self'"]
)
def test_the_page_loads_nothing_from_outside_and_nothing_inline(source):
    assert source not in CONTENT_POLICY
    assert CONTENT_POLICY.startswith("default-src 'none'; ")
    (scripts,) = re.findall("script-src ([^;]+);", CONTENT_POLICY)
    assert scripts == "'self'"


def test_only_the_start_of_an_answer_is_changed():
    sent = []

    async def send(message):
        sent.append(message)

    async def answer():
        to = securing(send)
        await to({"type": "http.response.start", "status": 200})
        await to({"type": "http.response.body", "body": b"x"})

    asyncio.run(answer())
    assert sent[0] == {"type": "http.response.start", "status": 200, "headers": secured()}
    assert sent[1] == {"type": "http.response.body", "body": b"x"}


def test_a_header_that_is_there_twice_has_two_values():
    scope = {"headers": [(b"host", b"a"), (b"Host", b"b\xff"), (b"x", b"c")]}
    assert values_of(scope, b"host") == ["a", "b\xff"]
    assert values_of(scope, b"y") == []
