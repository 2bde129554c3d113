"""Which requests reach the studio's application, over real connections."""

import asyncio
import logging

import httpx
import pytest
from behind_guard import first_status, running, small_app
from supervised import wait_until

from ortstyle.studio.guard.access import Access
from ortstyle.studio.guard.headers import secured
from ortstyle.studio.guard.middleware import Guard

PASSWORD = "correct horse"  # noqa: S105
ALWAYS = {name.decode() for name, _ in secured()}


@pytest.fixture(scope="module")
def door():
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def client(door):
    with door.client() as found:
        yield found


@pytest.fixture(scope="module")
def stranger(door):
    with door.client(signed_in=False) as found:
        yield found


def assert_refused(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.json()["kind"] == kind
    assert answer.json()["error"].endswith(".")
    assert set(answer.headers) >= ALWAYS


# hosts


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:80",
        "0.0.0.0:{port}",
        "",
        "x y",
    ],
)
def test_a_name_that_was_made_to_lead_here_reaches_nothing(client, door, host):
    for path in ("/", "/api/echo", f"/?token={door.server.token}", "/api/login", "/page/x.js"):
        answer = client.get(path, headers={"Host": host.format(port=door.port)})
        assert_refused(answer, 403, "ForeignHost")
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_the_studio_s_own_names_reach_it(client, door, host):
    answer = client.get("/api/echo", headers={"Host": host.format(port=door.port)})
    assert answer.status_code == 200


def test_a_request_has_one_host(door):
    twice = door.head("GET /api/echo HTTP/1.1", "Host: evil.example", "Connection: close")
    assert door.raw(twice)[0] == 400
    none = b"GET /api/echo HTTP/1.1\r\nConnection: close\r\n\r\n"
    assert door.raw(none)[0] == 400
    old = b"GET /api/echo HTTP/1.0\r\n\r\n"
    assert door.raw(old)[0] == 403


@pytest.mark.parametrize(
    "target", ["http://evil.example/", "http://{host}/api/echo", "*", "evil.example:443"]
)
def test_an_address_is_one_of_the_studio_alone(door, target):
    method = "CONNECT" if target.endswith("443") else "GET"
    line = f"{method} {target.format(host=door.host)} HTTP/1.1"
    status, text = door.raw(door.head(line, "Connection: close"))
    assert status == 400
    assert b"content-security-policy" in text


@pytest.mark.parametrize(
    "path",
    ["/page/../x", "/page/%2e%2e/x", "/page/..", "/page/%5c..%5cx", "/a%00b", "//evil.example/x"],
)
def test_no_address_leaves_the_page(door, path):
    assert door.raw(door.head(f"GET {path} HTTP/1.1", "Connection: close"))[0] == 400


# origins


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "https://evil.example:{port}",
        "null",
        "file://",
        "",
    ],
)
def test_a_page_of_another_site_changes_nothing(client, door, method, origin):
    headers = {"Origin": origin.format(port=door.port)}
    assert_refused(client.request(method, "/api/echo", headers=headers), 403, "ForeignOrigin")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_what_another_site_sends_is_refused_whatever_it_asks(client, door, site):
    for method in ("GET", "POST"):
        answer = client.request(method, "/api/echo", headers={"Sec-Fetch-Site": site})
        assert_refused(answer, 403, "ForeignOrigin")
    own = {"Origin": f"http://{door.host}", "Sec-Fetch-Site": site}
    assert_refused(client.post("/api/echo", headers=own), 403, "ForeignOrigin")


def test_a_link_from_another_site_leads_to_the_page_alone(client):
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=link).text == "the page"
    assert client.get("/api/echo", headers=link).status_code == 403
    framed = {**link, "Sec-Fetch-Dest": "iframe"}
    assert_refused(client.get("/", headers=framed), 403, "ForeignOrigin")


def test_the_page_itself_may_do_everything(client, door):
    own = {"Origin": f"http://{door.host}", "Sec-Fetch-Site": "same-origin"}
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.request(method, "/api/echo", headers=own)
        assert answer.json()["method"] == method
    nameless = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/api/echo", headers=nameless).status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND"])
def test_other_methods_are_refused_and_no_other_site_is_let_in(client, method):
    origin = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    answer = client.request(method, "/api/echo", headers=origin)
    assert_refused(answer, 405, "MethodNotAllowed")
    assert "PUT" in answer.headers["allow"]
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_head_is_a_get_without_a_body(client, stranger):
    assert client.head("/").status_code == 200
    assert client.head("/").content == b""
    assert stranger.head("/").status_code == 401
    assert stranger.head("/api/echo").status_code == 401


# the user


@pytest.mark.parametrize("path", ["/api/echo", "/api/events", "/api/nothing", "/page/js/main.js"])
def test_a_stranger_reaches_nothing(stranger, path):
    assert_refused(stranger.get(path), 401, "NotSignedIn")


def test_a_stranger_changes_nothing(stranger, door):
    door.app.state.outcome = ""
    assert_refused(stranger.put("/api/pictures", content=b"x"), 401, "NotSignedIn")
    assert_refused(stranger.delete("/api/echo"), 401, "NotSignedIn")
    assert door.app.state.outcome == ""


def test_a_stranger_s_browser_is_told_how_to_get_in(stranger):
    answer = stranger.get("/")
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "ortstyle studio</code>" in answer.text
    assert set(answer.headers) >= ALWAYS


def test_the_address_that_was_opened_gives_a_cookie_and_disappears(door):
    with door.client(signed_in=False) as browser:
        answer = browser.get(f"/?token={door.server.token}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert "SameSite=Strict" in answer.headers["set-cookie"]
        assert browser.get("/").text == "the page"
        assert browser.get("/api/echo").status_code == 200


def test_an_address_from_a_file_gives_a_page_that_leads_on(door):
    """A browser sends no strict cookie with what a file's address is redirected to."""
    with door.client(signed_in=False) as browser:
        code = door.server.access.new_code()
        came = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        answer = browser.get("/", params={"token": code}, headers=came)
        assert answer.status_code == 200
        assert 'content="0;url=/"' in answer.text
        assert browser.get("/").text == "the page"


def test_a_code_leads_in_once_and_reloads_do_no_harm(door):
    code = {"token": door.server.access.new_code()}
    with door.client(signed_in=False) as browser, door.client(signed_in=False) as other:
        assert browser.head("/", params=code).status_code == 401  # which uses nothing up
        assert browser.get("/", params=code).status_code == 303
        assert browser.get("/", params=code).status_code == 303  # by its cookie
        spent = other.get("/", params=code)
        assert spent.status_code == 401
        assert "has been used" in spent.text
        assert "set-cookie" not in spent.headers


@pytest.mark.parametrize("token", ["", "x", "../..", "%00", "a" * 3000])
def test_a_wrong_secret_leads_nowhere(stranger, token):
    answer = stranger.get("/", params={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_a_query_of_many_fields_is_none_with_a_secret(stranger):
    assert stranger.get("/?" + "a=b&" * 200).status_code == 401


def test_the_secret_counts_in_the_page_s_address_alone(stranger, door):
    assert stranger.get(f"/api/echo?token={door.server.token}").status_code == 401
    assert stranger.post(f"/?token={door.server.token}").status_code == 401


def test_a_script_may_send_the_token(stranger, door):
    bearer = {"Authorization": f"Bearer {door.server.token}"}
    assert stranger.post("/api/echo", headers=bearer).status_code == 200
    assert stranger.post("/api/echo", headers={"Authorization": "Bearer x"}).status_code == 401
    twice = [("Authorization", f"Bearer {door.server.token}"), ("Authorization", "Bearer x")]
    assert stranger.get("/api/echo", headers=twice).status_code == 401


def test_the_cookie_of_another_studio_does_not_count(door, stranger):
    with running() as other:
        assert stranger.get("/api/echo", headers={"Cookie": other.cookie}).status_code == 401
        renamed = other.cookie.replace(str(other.port), str(door.port))
        assert stranger.get("/api/echo", headers={"Cookie": renamed}).status_code == 401


def test_two_studios_have_two_cookies_in_one_browser(door):
    with running() as other, httpx.Client(trust_env=False) as browser:
        for one in (door, other):
            browser.get(f"{one.server.url}?token={one.server.token}")
        for one in (door, other):
            assert browser.get(f"{one.server.url}api/echo").status_code == 200


# passwords


@pytest.fixture
def guarded():
    with running(password=PASSWORD) as found:
        yield found


def test_the_password_opens(guarded):
    with guarded.client(signed_in=False) as browser:
        assert 'action="/api/login"' in browser.get("/").text
        assert_refused(browser.post("/api/login", json={"password": "wrong"}), 401, "NotSignedIn")
        assert browser.get("/api/echo").status_code == 401
        answer = browser.post("/api/login", json={"password": PASSWORD})
        assert (answer.status_code, answer.content) == (204, b"")
        assert browser.get("/api/echo").status_code == 200


def test_the_form_opens_without_a_script(guarded):
    with guarded.client(signed_in=False) as browser:
        wrong = browser.post("/api/login", data={"password": "wrong"})
        assert wrong.status_code == 401
        assert "That is not the password." in wrong.text
        answer = browser.post("/api/login", data={"password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert browser.get("/").text == "the page"


def test_no_other_site_can_try_passwords(guarded):
    foreign = {"Origin": "http://evil.example"}
    with guarded.client(signed_in=False) as browser:
        for headers in (foreign, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.post("/api/login", json={"password": PASSWORD}, headers=headers)
            assert_refused(answer, 403, "ForeignOrigin")
            assert "set-cookie" not in answer.headers


def test_who_guesses_has_to_wait(guarded):
    with guarded.client(signed_in=False) as browser:
        answers = [browser.post("/api/login", json={"password": f"guess {k}"}) for k in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
        assert_refused(answers[-1], 429, "TooManyTries")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 3
        form = browser.post("/api/login", data={"password": PASSWORD})
        assert form.status_code in {303, 401}  # 303 only if that took two seconds
        assert form.status_code == 303 or "try again in" in form.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{}", "application/json", 422),
        (b"[1]", "application/json", 422),
        (b'{"password": 5}', "application/json", 422),
        (b'{"password": "x", "next": "http://evil.example"}', "application/json", 422),
        (b"[" * 8000, "application/json", 422),
        (b"\xff", "application/json", 422),
        (b'{"password": "correct horse"}', "text/plain", 422),
        (b"password=" + b"x" * 9000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_what_is_no_password_is_told(guarded, body, kind, status):
    with guarded.client(signed_in=False) as browser:
        answer = browser.post("/api/login", content=body, headers={"Content-Type": kind})
        assert answer.status_code == status, answer.text
        assert browser.get("/api/login").status_code == 405


def test_without_a_password_there_is_none_to_guess(stranger):
    assert stranger.post("/api/login", json={"password": ""}).status_code == 401


# failures


def test_a_fault_of_the_application_is_logged_and_tells_nothing(client, caplog):
    with caplog.at_level(logging.ERROR):
        answer = client.get("/api/fail")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert set(answer.headers) >= ALWAYS
        wait_until(lambda: "ZeroDivisionError" in caplog.text)
    assert client.get("/api/echo").status_code == 200


def test_a_fault_within_an_answer_cuts_it_off(door, caplog):
    with caplog.at_level(logging.ERROR):
        status, text = door.raw(door.head("GET /api/fail-later HTTP/1.1"))
    assert status == 200
    assert b"begun" in text
    assert b"secret" not in text
    assert not text.endswith(b"0\r\n\r\n")


def test_an_application_without_a_framework_is_answered_for_too(caplog):
    async def app(scope, receive, send):
        raise ZeroDivisionError("a secret of this machine")

    with running(app) as bare, bare.client() as browser:
        assert_refused(browser.get("/api/x"), 500, "Fault")
    assert "GET /api/x failed" in caplog.text


def test_every_answer_of_the_application_has_the_headers(client):
    for path in ("/", "/api/echo", "/api/nothing", "/api/fail"):
        assert set(client.get(path).headers) >= ALWAYS


# other protocols


def test_there_are_no_websockets(door):
    upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    upgrade.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
    with door.connect() as connection:
        connection.sendall(door.head("GET /api/echo HTTP/1.1", *upgrade))
        # An answer to a plain request, which opens no websocket.
        assert first_status(connection) == 200


def test_a_websocket_of_another_server_is_closed_before_it_opens():
    guard, sent = Guard(small_app(), Access("token", ("127.0.0.1:1",))), []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    asyncio.run(guard({"type": "websocket", "path": "/", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1008}]
