"""Requests are checked before they are done, and whatever happens becomes an answer."""

import json
import sqlite3

import pytest

from ortstyle.studio.faults import NoSpace
from ortstyle.studio.guard.body_limits import JSON_BYTES

ID = "0" * 20


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/api/paintings?limit=x", "limit must be a whole number"),
        ("/api/paintings?limit=", "limit must be a whole number"),
        ("/api/paintings?limit=-1", "limit must be a whole number"),
        ("/api/paintings?limit=1_0", "limit must be a whole number"),
        ("/api/paintings?limit=%D9%A3", "limit must be a whole number"),
        ("/api/paintings?limit=0", "limit must be at least 1"),
        ("/api/paintings?limit=201", "limit must be at most 200"),
        ("/api/paintings?limit=" + "9" * 5000, "limit must be a whole number"),
        ("/api/paintings?limit=5&limit=6", "limit twice"),
        ("/api/paintings?before=../../etc", "before must be an id"),
        (f"/api/paintings?before={ID}%0A", "before must be an id"),
        ("/api/paintings?kind=x", "kind must be one of painting, draft"),
        ("/api/paintings?other=1", "not known here"),
        ("/api/queue?x", "not known here"),
    ],
)
def test_values_in_addresses_are_checked(client, fake, address, says):
    answer = client.get(address)
    assert (answer.status_code, answer.json()["kind"]) == (422, "Refused")
    assert says in answer.json()["error"]
    assert not fake.called


@pytest.mark.parametrize(
    "key",
    ["x", "0" * 19, "0" * 21, "A" * 20, "%2e%2e", "..%2f..%2fetc", "..%5c", f"{ID}%0a", f"{ID}%00"],
)
def test_what_has_not_the_form_of_an_id_is_not_found(client, fake, key):
    for address in (f"/api/paintings/{key}", f"/api/pictures/{key}/view"):
        answer = client.get(address)
        assert (answer.status_code, answer.json()["kind"]) == (404, "NotFound")
    assert not fake.called


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{}", None, 415),
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"a": NaN}', "application/json; charset=utf-8", 400),
        (b"5", "APPLICATION/JSON", 422),
        (b"{}", "application/json", 422),
        (json.dumps(["x" * JSON_BYTES]).encode(), "application/json", 413),
    ],
)
def test_bodies_are_checked(client, fake, content, kind, status):
    headers = {"Content-Type": kind} if kind else {}
    for method, address in [("POST", "/api/paintings"), ("PUT", "/api/workspace")]:
        answer = client.request(method, address, content=content, headers=headers)
        assert answer.status_code == status
        assert answer.json()["error"].endswith(".")
    assert not fake.called


def test_a_body_without_a_length_is_limited_too(client):
    parts = iter([b"[" + b" " * JSON_BYTES, b"]"])
    headers = {"Content-Type": "application/json"}
    assert client.post("/api/plan", content=parts, headers=headers).status_code == 413


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NoSpace("The disk is full."), 507),
        (ZeroDivisionError("secret"), 500),
        (sqlite3.OperationalError("secret"), 500),
        (RecursionError("secret"), 500),
    ],
)
def test_errors_become_answers(client, fake, error, status, caplog):
    fake.error = error
    answer = client.put("/api/workspace", json={"order": None, "current": None})
    assert answer.status_code == status
    assert "secret" not in answer.text
    assert bool(caplog.records) == (status == 500)
