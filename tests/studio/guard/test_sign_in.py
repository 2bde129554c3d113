"""The page for who has not got in yet, and what it sends."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from ortstyle.studio.faults import Refused
from ortstyle.studio.guard.sign_in import forward, how_to_get_in, read_password


class Page(HTMLParser):
    def __init__(self, response):
        super().__init__()
        self.tags = []
        self.feed(response.body.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.mark.parametrize("has_password", [False, True])
def test_the_page_loads_nothing_and_runs_nothing(has_password):
    response = how_to_get_in("", has_password=has_password)
    page = Page(response)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe"})
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    (style,) = re.findall("<style>(.*)</style>", response.body.decode())
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]


def test_the_form_has_a_label_and_sends_the_password_alone():
    response = how_to_get_in("", has_password=True)
    page = Page(response)
    (field,) = page.all("input")
    (label,) = page.all("label")
    (form,) = page.all("form")
    assert label["for"] == field["id"]
    assert (field["type"], field["name"]) == ("password", "password")
    assert (form["method"], form["action"]) == ("post", "/api/login")
    # The Origin of a form is "null" where a page tells no referrer at all.
    assert response.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr,en;q=0.5,de", "en"),
        ("DE", "de"),
        ("<script>", "en"),
        ("," * 10_000, "en"),
    ],
)
def test_it_speaks_the_user_s_language(languages, expected):
    for response in (how_to_get_in(languages, has_password=False), forward(languages)):
        assert Page(response).all("html") == [{"lang": expected}]


def test_it_says_what_was_wrong():
    assert b"That is not the password." in how_to_get_in("", has_password=True, note="wrong").body
    assert b"has been used" in how_to_get_in("", has_password=False, note="spent").body
    told = how_to_get_in("", has_password=True, note="Wait for 3 <b>seconds</b>.").body
    assert b"Wait for 3 &lt;b&gt;seconds&lt;/b&gt;." in told


def test_the_page_between_leads_on_also_without_moving_by_itself():
    response = forward("")
    assert response.status_code == 200
    assert Page(response).all("a") == [{"href": "/"}]


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b'{"password": "p\\u00e4ss"}', "application/json", ("päss", False)),
        ('{"password": "päss"}'.encode(), "application/json; charset=utf-8", ("päss", False)),
        (b"password=p%C3%A4ss+word", "application/x-www-form-urlencoded", ("päss word", True)),
        (b"password=a%26b", "application/x-www-form-urlencoded; charset=UTF-8", ("a&b", True)),
        (b"", "application/x-www-form-urlencoded", ("", True)),
    ],
)
def test_passwords_are_read(body, kind, expected):
    assert read_password(body, kind) == expected


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"null", "application/json"),
        (b'{"password": null}', "application/json"),
        (b'{"password": "x"}', ""),
        (b"password=x", "text/plain"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"a=b&" * 10, "application/x-www-form-urlencoded"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_what_is_no_password_is_refused(body, kind):
    with pytest.raises(Refused):
        read_password(body, kind)
