"""A studio in a process of its own, and a client that talks to it as its page does."""

import json
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

_PATIENCE = 120.0  # seconds for an answer; events come at least every 15
_CLOSING = 60.0  # seconds for the studio to end
_WORDS = 100  # lines of the studio that are kept


class StudioProcess:
    """`ortstyle studio` on a folder; a context manager, which ends it.

    Parameters
    ----------
    folder
        Its folder.
    options
        Further options of the command.

    Attributes
    ----------
    pid
        The number of its process.
    host, token
        Where it listens, and what lets a client in; there once `wait` has returned.
    """

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "ortstyle", "studio", "--no-browser", "--port", "0"]
        self._process = subprocess.Popen(
            [*command, "--folder", str(folder), *options], stderr=subprocess.PIPE, text=True
        )
        self.pid, self.host, self.token = self._process.pid, "", ""
        self._words: deque[str] = deque(maxlen=_WORDS)

    def wait(self) -> None:
        """Wait until requests are answered."""
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._words.append(line)
            if "?token=" in line:
                address = urlsplit(line.split()[-1])
                self.host, self.token = address.netloc, parse_qs(address.query)["token"][0]
                Thread(target=self._listen, name="words", daemon=True).start()
                return
        raise RuntimeError("the studio has ended: " + "".join(self._words))

    def words(self) -> str:
        """Return what it has said last, but for its address."""
        return "".join(line for line in self._words if "?token=" not in line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(_CLOSING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._words.extend(self._process.stderr)


class Client:
    """A client of a studio, with one connection; for one thread.

    Parameters
    ----------
    studio
        The studio, which answers already.
    """

    def __init__(self, studio: StudioProcess) -> None:
        self._connection = HTTPConnection(studio.host, timeout=_PATIENCE)
        self._headers = {"Authorization": f"Bearer {studio.token}"}

    def fetch(self, path: str, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        try:
            answer = self._answer(path, method, body)
            return answer.status, answer.read()
        except OSError:
            self.close()
            raise

    def ask(self, path: str, method: str = "GET", data: object = None) -> Any:
        """Return the JSON of an answer; None if what it is about is gone, or is over already."""
        body = None if data is None else json.dumps(data).encode()
        status, text = self.fetch(path, method, body)
        if status >= 400 and status not in (404, 409):
            raise RuntimeError(f"{method} {path}: {status} {text[:500]!r}")
        return json.loads(text) if status < 400 and text else None

    def upload(self, picture: bytes, name: str, role: str) -> str:
        """Send a picture; return its id."""
        path = f"/api/pictures?name={quote(name)}&role={role}"
        status, text = self.fetch(path, "PUT", picture)
        if status != 201:
            raise RuntimeError(f"upload: {status} {text[:500]!r}")
        id_: str = json.loads(text)["id"]
        return id_

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the events as they come; leaving the loop closes the connection."""
        with closing(self._answer("/api/events", "GET", None)) as answer:
            kind = ""
            for line in answer:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        self._connection.close()

    def _answer(self, path: str, method: str, body: bytes | None) -> HTTPResponse:
        kind = {} if method == "PUT" else {"Content-Type": "application/json"}
        self._connection.request(method, path, body, self._headers | kind)
        return self._connection.getresponse()
