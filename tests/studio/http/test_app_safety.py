"""The studio behind its guard: who may ask what, and that nothing sent reaches other files."""

import json
import socket
from http.client import HTTPResponse
from urllib.parse import quote, urlsplit

import pytest
from served import DOCUMENT, checking_client, guarding, listing, png

from ortstyle.studio.guard.body_limits import BodyLimit, BodyLimits
from ortstyle.studio.http.operation import BYTES
from ortstyle.studio.http.operations import OPERATIONS

ID = "0" * 20
OPERATIONS = [operation for operation in OPERATIONS if operation.handler]
WRITING = [operation for operation in OPERATIONS if operation.method != "GET"]
WITH_IDS = [operation for operation in OPERATIONS if operation.takes_id]
WITH_VALUES = [operation for operation in OPERATIONS if operation.query]
WITH_BODIES = [operation for operation in OPERATIONS if operation.body]
PATHS = [
    "..",
    "../..",
    "../../../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\Windows\\win.ini",
    "\\\\host\\share",
    "file:///etc/passwd",
    "~/.ssh/id_rsa",
    "precious",
    "../precious",
    "....//precious",
    "precious\0.png",
    "%2e%2e%2fprecious",
    "con",
    "a:stream",
    "${HOME}",
    "'; drop table pictures; --",
    "a" * 3000,
    "\u202eprecious",
    "",
    ".",
]


def by_name(operation):
    return operation.name


def address_of(operation, key=ID, **query):
    """Return an address of an operation with values that fit."""
    fitting = {"role": "photograph", "at": "0"}
    values = {name: value for name, value in fitting.items() if name in operation.query}
    pairs = (f"{name}={quote(value, safe='')}" for name, value in (values | query).items())
    return f"{operation.path.replace('{id}', key)}?{'&'.join(pairs)}"


def send(client, operation, address=None, **options):
    """Send a request of an operation, with a body that fits where it takes one."""
    bodies = {
        "": {},
        BYTES: {"content": png()},
        "Order": {"json": {"photograph": ID, "paintings": [{"picture": ID}]}},
        "Move": {"json": {"before": None}},
        "Workspace": {"json": {"order": None, "current": None}},
    }
    address = address or address_of(operation)
    return client.request(operation.method, address, **bodies[operation.body] | options)


@pytest.fixture(scope="module")
def guarded():
    """Return a server that serves its attribute `app` behind a guard, to its user's client."""
    with guarding() as server:
        yield server


@pytest.fixture
def user(guarded, fake):
    """Return a client that has the cookie, of a studio whose folder lies beside a file."""
    from ortstyle.studio.http.app import make_app

    guarded.app = make_app(fake, guarded.access)
    precious = fake.folder.parent / "precious"
    precious.write_text("mine", "utf-8")
    before = listing(fake.folder.parent, but=fake.folder)
    yield guarded.client
    assert listing(fake.folder.parent, but=fake.folder) == before


@pytest.fixture
def stranger(guarded, user):
    """Return a client without the cookie."""
    with checking_client(guarded.address) as found:
        yield found


def test_the_address_with_the_token_leads_in(guarded, user, stranger):
    assert stranger.get("/").status_code == 401
    entered = stranger.get(f"/?token={guarded.token}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert stranger.get("/api/queue").status_code == 200
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert guarded.token not in cookie
    assert DOCUMENT["components"]["securitySchemes"]["cookie"]["in"] == "cookie"
    named = user.get("/api/openapi.json").json()["components"]["securitySchemes"]["cookie"]["name"]
    assert cookie.startswith(f"{named}=")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer no"},
        {"Cookie": "ortstyle=no"},
        {"Authorization": "Basic eA=="},
    ],
)
def test_a_stranger_is_not_let_in(stranger, fake, headers):
    for operation in OPERATIONS:
        answer = send(stranger, operation, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"].endswith(".")
    assert not fake.called
    assert not fake.kept


@pytest.mark.parametrize("address", ["/", "/page/js/main.js", "/page/../x", "/none", "/?token=no"])
def test_a_stranger_sees_no_page(stranger, address):
    answer = stranger.get(address)
    assert answer.status_code in (400, 401)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost.evil:{port}"],
)
def test_a_foreign_host_is_refused(guarded, user, fake, host):
    port = urlsplit(guarded.address).port
    for operation in OPERATIONS:
        answer = send(user, operation, headers={"Host": host.format(port=port)})
        assert (answer.status_code, answer.json()["kind"]) == (403, "ForeignHost")
    assert not fake.called


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_foreign_page_is_refused(guarded, user, fake, headers):
    own = guarded.address.rstrip("/")
    headers = {name: text.format(own=own) for name, text in headers.items()}
    for operation in WRITING:
        answer = send(user, operation, headers=headers)
        assert (answer.status_code, answer.json()["kind"]) == (403, "ForeignOrigin")
    assert not fake.called
    assert not fake.kept


def test_the_page_itself_is_not_refused(guarded, user):
    headers = {"Origin": guarded.address.rstrip("/"), "Sec-Fetch-Site": "same-origin"}
    assert user.put("/api/pictures?role=mask", content=png(), headers=headers).status_code == 201


def test_paths_for_ids(user, fake):
    for operation in WITH_IDS:
        kept = "/\\:" if operation.name == "painting" else ""
        for path in PATHS:
            # As it stands: a client would leave out what leads upwards.
            target = address_of(operation, quote(path, safe=kept)).encode()
            answer = send(user, operation, extensions={"target": target})
            assert answer.status_code in (400, 404, 414), path
            assert answer.json()["error"].endswith(".")
    assert not fake.called


@pytest.mark.parametrize("operation", WITH_VALUES, ids=by_name)
def test_paths_for_values(user, fake, operation):
    for name in operation.query:
        for path in PATHS:
            answer = send(user, operation, address_of(operation, **{name: path}))
            if name == "name":  # which is shown and never opened
                assert answer.status_code in (201, 422)
            else:
                assert answer.status_code == 422
                assert name in answer.json()["error"]
    kept = {path.name for path in fake.folder.iterdir()}
    assert kept == {f"{key}.png" for key in fake.kept}


@pytest.mark.parametrize("path", PATHS)
def test_paths_in_orders(user, fake, path):
    good = {"photograph": ID, "paintings": [{"picture": ID}]}
    for change in (
        {"photograph": path},
        {"start": path},
        {"paintings": [{"picture": path}]},
        {"paintings": [{"picture": ID, "mask": path}]},
        {"settings": {"model": path}},
        {"settings": {"content_mask": [path]}},
        {"settings": {path: 1}},
        {path: 1},
    ):
        assert user.post("/api/paintings", json=good | change).status_code == 422
    for address in ("/api/workspace", f"/api/paintings/{ID}/move"):
        body = {"order": None, "current": path} if "work" in address else {"before": path}
        method = "PUT" if "work" in address else "POST"
        assert user.request(method, address, json=body).status_code == 422
    assert not fake.called


def test_ids_of_the_other_kind(user, fake):
    picture = user.put("/api/pictures?role=mask", content=png()).json()["id"]
    order = {"photograph": picture, "paintings": [{"picture": picture}]}
    painting = user.post("/api/paintings", json=order).json()["paintings"][0]["id"]
    for operation in WITH_IDS:
        other = picture if operation.path.startswith("/api/paintings") else painting
        assert send(user, operation, address_of(operation, other)).status_code == 404
    order["photograph"] = painting
    assert user.post("/api/paintings", json=order).status_code == 404


@pytest.mark.parametrize("is_told", [True, False])
def test_bodies_that_are_too_large(fake, is_told):
    small = BodyLimit(5000)
    limits = BodyLimits(upload=small, clip=small, other=small)
    data = b"[" + b" " * 100_000 + b"]"
    with guarding(fake, limits) as server:
        headers = {"Content-Type": "application/json"}
        for operation in WITH_BODIES:
            content = data if is_told else iter([data[:50_000], data[50_000:]])
            answer = send(server.client, operation, content=content, json=None, headers=headers)
            assert answer.status_code == 413
            assert answer.json()["kind"] == "TooLarge"
    assert not fake.kept


@pytest.mark.parametrize("operation", WITH_BODIES, ids=by_name)
def test_bodies_that_do_not_come(fake, operation):
    soon = BodyLimit(5000, idle_seconds=0.3)
    with guarding(fake, BodyLimits(upload=soon, clip=soon, other=soon)) as server:
        address = urlsplit(server.address)
        with socket.create_connection((address.hostname, address.port), 60) as slow:
            head = (
                f"{operation.method} {address_of(operation)} HTTP/1.1",
                f"Host: {address.netloc}",
                f"Authorization: Bearer {server.token}",
                "Content-Type: application/json",
                "Content-Length: 4000",
            )
            slow.sendall("\r\n".join([*head, "", "{"]).encode())
            answer = HTTPResponse(slow, method=operation.method)
            answer.begin()
            assert answer.status == 408
            assert json.loads(answer.read())["kind"] == "TooSlow"
    assert not fake.kept
