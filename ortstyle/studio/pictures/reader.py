"""A process that reads pictures from strangers: ``python -P -m ortstyle.studio.pictures.reader``.

The studio's server decodes no picture itself: one that is made to crash a decoder, or to take all
memory or time, ends this process alone. It reads requests from standard input, one JSON object a
line, and answers each with a line on standard output:

=====================================================================  ============================
``{"number": 1, "request": "inspect", "path": …}``                     see `decoding.Decoder`
``{"number": 2, "request": "view", "path": …, "out": …, "side": …}``   the same
``{"number": 3, "request": "download", "path": …, "out": …,            the same
"metadata": …}``
``{"number": 4, "request": "plan", "job": {…}}``                       see `plan.plan_job`
``{"number": 5, "request": "clip", "path": …}``                        `FilmDecoder.inspect`
``{"number": 6, "request": "frame", "path": …, "out": …, "at": …,      `FilmDecoder.frame`
"side": …}``
``{"number": 7, "request": "still", "path": …, "out": …, "at": …}``    `FilmDecoder.still`
=====================================================================  ============================

An answer is ``{"number": 1, "answer": {…}}``, or ``{"number": 1, "error": "a line", "kind": …}``,
where the kind is "Refused", "NoSpace" or "StudioError"; the line of a picture that is refused goes
on after its name, as in "is no picture". Before the first request it says
``{"number": 0, "answer": {}}``, or an error. It ends with its standard input, also while it works.

This module loads nothing that is slow until the process has limited its threads and memory.
"""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from ortstyle.errors import OrtStyleError, OutputError
from ortstyle.files import reason_of
from ortstyle.jobs.worker_streams import read_lines, take_standard_streams
from ortstyle.runtime.threads import limit_threads
from ortstyle.studio.faults import is_full
from ortstyle.studio.pictures.memory_limit import limit_memory

if TYPE_CHECKING:
    from ortstyle.studio.pictures.decoding import Decoder

_Request = Callable[["Decoder", Mapping[str, Any]], dict[str, Any]]


def reader_command(max_pixels: int, *, plans: bool = False) -> list[str]:
    """Return the command that starts a reader of pictures of at most so many pixels.

    The folder in which it is started is no place to import modules from. A process for plans loads
    what they need before the first one, which is asked for just when the first draft begins.
    """
    command = [sys.executable, "-P", "-m", "ortstyle.studio.pictures.reader"]
    return [*command, "--max-pixels", str(max_pixels), *(["--plans"] if plans else [])]


def _inspect(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    return decoder.inspect(Path(values["path"]))


def _view(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    return decoder.view(Path(values["path"]), Path(values["out"]), side=values["side"])


def _download(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    path, out = Path(values["path"]), Path(values["out"])
    return decoder.download(path, out, metadata=values["metadata"])


def _plan(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG001
    from ortstyle.jobs.job import Job  # noqa: PLC0415  needed by this alone
    from ortstyle.studio.orders.film_plan import plan_film  # noqa: PLC0415  it loads ONNX
    from ortstyle.studio.orders.plan import plan_job  # noqa: PLC0415  the same

    job = Job.from_dict(values["job"])
    return plan_job(job) if job.film is None else plan_film(job)


def _clip(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    return decoder.films.inspect(Path(values["path"]))


def _frame(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    path, out = Path(values["path"]), Path(values["out"])
    return decoder.films.frame(path, out, at=values["at"], side=values["side"])


def _still(decoder: "Decoder", values: Mapping[str, Any]) -> dict[str, Any]:
    return decoder.films.still(Path(values["path"]), Path(values["out"]), at=values["at"])


#: What may be asked, by name.
REQUESTS: Mapping[str, _Request] = {
    "inspect": _inspect,
    "view": _view,
    "download": _download,
    "plan": _plan,
    "clip": _clip,
    "frame": _frame,
    "still": _still,
}


def answer(decoder: "Decoder", line: bytes) -> dict[str, Any]:
    """Return the answer to a request; nothing that goes wrong raises an error."""
    number, path = -1, ""
    try:
        values = json.loads(line)
        number, path = values["number"], values.get("path", "")
        return {"number": number, "answer": REQUESTS[values["request"]](decoder, values)}
    except Exception as error:  # noqa: BLE001  a stranger's picture raises errors of many kinds
        return {"number": number, **_describe(error, path)}


def _describe(error: Exception, path: str) -> dict[str, str]:
    """Return the kind and the line of a fault."""
    from PIL.Image import DecompressionBombError  # noqa: PLC0415  slow to load

    causes = list(_causes(error))
    if any(isinstance(cause, MemoryError) for cause in causes):
        line = "takes more memory to read than there is for it; make it smaller"
        return {"kind": "Refused", "error": line}
    if any(is_full(cause) for cause in causes):
        line = "the disk is full; free some space, and try again"
        return {"kind": "NoSpace", "error": line}
    if any(isinstance(cause, DecompressionBombError) for cause in causes):
        line = "has more pixels than a picture may have; make it smaller"
        return {"kind": "Refused", "error": line}
    if isinstance(error, OutputError) or not isinstance(error, OrtStyleError):
        line = f"unexpected {type(causes[-1]).__name__}: {reason_of(causes[-1])}"
        return {"kind": "StudioError", "error": line}
    line = " ".join(str(error).split())
    for what in ("picture", "film"):
        line = line.removeprefix(f"{what} {path}").lstrip(": ")
    return {"kind": "Refused", "error": line.replace(path, "it") if path else line}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def main(arguments: Sequence[str] | None = None) -> None:
    """Answer requests until standard input ends."""
    parser = ArgumentParser(prog="ortstyle.studio.pictures.reader", description="Reads pictures.")
    parser.add_argument("--max-pixels", type=int, required=True, help="of a picture, at most")
    parser.add_argument("--plans", action="store_true", help="load what plans need")
    options = parser.parse_args(arguments)
    limit_threads(1)
    limit_memory()
    commands, answers = take_standard_streams()
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_listen, args=(commands, lines), daemon=True, name="requests").start()
    decoder = _make_decoder(options.max_pixels, answers)
    _tell(answers, {"number": 0, "answer": {}})
    if options.plans:
        with suppress(Exception):  # the first plan will say what is wrong
            import_module("ortstyle.studio.orders.plan")
    while True:
        _tell(answers, answer(decoder, lines.get()))


def _make_decoder(max_pixels: int, answers: int) -> "Decoder":
    try:
        from ortstyle.studio.pictures.decoding import Decoder  # noqa: PLC0415  slow to load
    except Exception as error:  # a library is missing, or the memory does not suffice
        line = f"{type(error).__name__}: {reason_of(error)}"
        _tell(answers, {"number": 0, "error": line, "kind": "StudioError"})
        raise
    return Decoder(max_pixels)


def _listen(commands: int, lines: SimpleQueue[bytes]) -> None:
    for line in read_lines(commands):
        lines.put(line)
    os._exit(0)  # nobody waits for the answer, and a decoder may never come back


def _tell(answers: int, what: Mapping[str, Any]) -> None:
    rest = memoryview(json.dumps(what).encode("ascii") + b"\n")
    try:
        while rest:
            rest = rest[os.write(answers, rest) :]
    except OSError:  # the reader of the answers has gone
        os._exit(0)


if __name__ == "__main__":
    main()
