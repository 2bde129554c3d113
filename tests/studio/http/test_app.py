"""The application: the page's files, and answers to what it does not have."""

import subprocess
import sys

import pytest

from ortstyle.jobs.worker_process import environment
from ortstyle.studio.http.page_files import page_files


def test_the_page_is_served(client):
    files = page_files()
    for name in files:
        answer = client.get(f"/page/{name}")
        assert answer.content == files[name].data
        assert answer.headers["content-type"] == files[name].media_type
        known = client.get(f"/page/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
    assert client.get("/").content == files["index.html"].data


def test_the_page_is_sent_compressed_to_those_who_can_read_it(client):
    file = page_files()["js/main.js"]
    plain = client.get("/page/js/main.js", headers={"Accept-Encoding": "identity"})
    small = client.get("/page/js/main.js", headers={"Accept-Encoding": "br, gzip;q=0.8"})
    assert plain.content == small.content == file.data
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert int(small.headers["content-length"]) == len(file.compressed) < len(file.data)
    assert small.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize(
    "address",
    [
        "/page/",
        "/page",
        "/page/none.js",
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/page/..%5capp.py",
        "/page//etc/passwd",
        "/page/js",
        "/page/js/",
        "/page/js/../index.html%00",
        "/page/index.html/",
        "/api",
        "/api/",
        "/api/queue/",
        "/api/none",
        "/favicon.ico",
    ],
)
def test_nothing_else_is(client, address):
    for method in ("GET", "POST"):
        answer = client.request(method, address)
        assert answer.status_code in (404, 405)
        assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("DELETE", "/api/queue", {"GET", "HEAD"}),
        ("POST", "/api/pictures", {"GET", "HEAD", "PUT"}),
        ("PATCH", "/api/paintings/" + "0" * 20, {"GET", "HEAD", "DELETE"}),
        ("GET", "/api/plan", {"POST"}),
        ("POST", "/", {"GET", "HEAD"}),
        ("TRACE", "/api/queue", {"GET", "HEAD"}),
    ],
)
def test_methods_that_an_address_does_not_take(client, method, address, allowed):
    answer = client.request(method, address)
    assert answer.status_code == 405
    assert answer.json()["kind"] == "MethodNotAllowed"
    assert set(answer.headers["allow"].split(", ")) == allowed


def test_the_head_of_an_answer(client, picture):
    for address in ("/", "/api/queue", f"/api/pictures/{picture['id']}/view"):
        whole, head = client.get(address), client.head(address)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == whole.headers["content-length"]


def test_a_server_loads_nothing_that_decodes():
    code = (
        "import sys, ortstyle.studio.http.app, ortstyle.studio.studio\n"
        "names = 'numpy PIL av cv2 onnx onnxruntime'.split()\n"
        "print([name for name in names if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, check=True
    )
    assert found.stdout.strip() == b"[]"
