"""The document is valid OpenAPI 3.1, and has every route of the application and no others."""

import re
from importlib.resources import files

import pytest
from starlette.routing import Route

from ortstyle.studio.http.app import make_app
from ortstyle.studio.http.openapi import document
from ortstyle.studio.http.operations import OPERATIONS


@pytest.fixture(scope="module")
def app():
    return make_app(None)


@pytest.fixture
def validate():
    """Return a function that raises an error for a document that is no OpenAPI."""
    schemathesis = pytest.importorskip("schemathesis")
    return lambda found: schemathesis.openapi.from_dict(found).validate()


def test_it_is_valid(validate):
    found = document(OPERATIONS)
    assert found["openapi"] == "3.1.0"
    validate(found)


def test_the_validator_finds_faults(validate):
    found = document(OPERATIONS)
    del found["info"]["title"]
    with pytest.raises(Exception, match="title"):
        validate(found)


def test_it_has_the_routes_of_the_application_and_no_others(app):
    assert all(isinstance(route, Route) for route in app.routes)
    routes = {
        (route.path, method) for route in app.routes for method in (route.methods or ()) - {"HEAD"}
    }
    pages = {("/", "GET"), ("/page/{path:path}", "GET")}
    assert pages <= routes
    described = {
        (path, method.upper())
        for path, methods in app.state.document["paths"].items()
        for method in methods
    }
    assert described == routes - pages | {("/api/login", "POST")}  # which the guard answers


def test_ids_and_bodies_are_described():
    paths = document(OPERATIONS)["paths"]
    move = paths["/api/paintings/{id}/move"]["post"]
    assert [value["name"] for value in move["parameters"]] == ["id"]
    assert move["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("/Move")
    upload = paths["/api/pictures"]["put"]
    assert "application/octet-stream" in upload["requestBody"]["content"]
    assert {value["name"]: value["required"] for value in upload["parameters"]} == {
        "name": False,
        "role": True,
    }


def test_it_is_served(client):
    assert client.get("/api/openapi.json").json() == document(OPERATIONS)


def addresses_of_the_page(folder):
    """Yield the addresses in the page's scripts: each path, with {} for a value, and its query."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from addresses_of_the_page(entry)
        elif entry.name.endswith(".js"):
            text = re.sub(r"\$\{[^}]*\}", "{}", entry.read_text("utf-8"))
            for path, query in re.findall(r"(/api/[\w/.{}]+)(?:\?([\w=&{}]*))?", text):
                yield path, re.findall(r"(\w+)=", query)


def test_the_page_asks_for_nothing_else():
    paths = document(OPERATIONS)["paths"]
    found = list(addresses_of_the_page(files("ortstyle.studio") / "page"))
    assert len(found) > 10
    for path, query in found:
        pattern = "/".join("[^/]+" if part == "{}" else re.escape(part) for part in path.split("/"))
        fitting = [methods for known, methods in paths.items() if re.fullmatch(pattern, known)]
        assert fitting, path
        known = {
            value["name"]
            for methods in fitting
            for operation in methods.values()
            for value in operation["parameters"]
        }
        assert set(query) <= known, path
