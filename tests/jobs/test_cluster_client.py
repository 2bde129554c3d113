"""Connecting to a scheduler: what can be wrong with the address, with Dask or with TLS."""

from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ortstyle.errors import ClusterError
from ortstyle.jobs import cluster_client as module

NOWHERE = "tcp://127.0.0.1:1"


def connect(address):
    module.connect(address, timeout=1)


@pytest.mark.parametrize(
    "address", ["", "host", "tcp://host", "http://host:80", "inproc://a/b", "tcp://a b:1", "a:b"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(ClusterError, match=r"is no address; give one like tcp://host:8786"):
        connect(address)


def test_without_dask_the_command_that_installs_it_is_told(monkeypatch):
    def fail(name):
        raise ImportError(name)

    monkeypatch.setattr(module, "import_module", fail)
    with pytest.raises(ClusterError, match=r'install it with: pip install "ortstyle\[cluster\]"'):
        connect(NOWHERE)


def test_a_scheduler_that_is_not_there():
    pytest.importorskip("distributed")
    with pytest.raises(ClusterError, match=f"scheduler {NOWHERE} does not answer; check"):
        connect(NOWHERE)
    for address in ("127.0.0.1:1", "localhost:99999"):
        with pytest.raises(ClusterError, match=f"scheduler {address} "):
            connect(address)


def test_tls_needs_certificates(monkeypatch, tmp_path):
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    with pytest.raises(ClusterError, match=r"needs certificates; name them in DASK_DISTRIBUTED"):
        connect("tls://127.0.0.1:1")
    names = {"ca-file": "ca.pem", "client.cert": "cert.pem", "client.key": "key.pem"}
    files = {f"distributed.comm.tls.{key}": str(tmp_path / name) for key, name in names.items()}
    with (
        dask.config.set(files),
        pytest.raises(ClusterError, match=r"the certificates can't be read .*; check"),
    ):
        connect("tls://127.0.0.1:1")


def test_a_server_that_is_no_scheduler_is_told_in_one_line():
    pytest.importorskip("distributed")
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server,
        ThreadPoolExecutor() as pool,
    ):
        pool.submit(server.serve_forever)
        try:
            with pytest.raises(ClusterError, match=r"answers, but not as a scheduler does; check"):
                connect(f"127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
