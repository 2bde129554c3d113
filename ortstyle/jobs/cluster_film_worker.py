"""What paints frames of films in the process of a worker.

A film is known by the files that have come for it; each of its parts has a painter, which knows how
things move. Nothing is lost with them: the one who asks has all painted frames, and sends again
what is missing here.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from ortstyle.errors import MemoryBudgetError, OrtStyleError, OutOfMemoryError
from ortstyle.jobs.cluster_film_files import unpack
from ortstyle.jobs.cluster_film_request import FilmRequest
from ortstyle.jobs.cluster_film_store import FilmStore, MissingFile, StoredFrames
from ortstyle.jobs.cluster_task import worker_facts
from ortstyle.jobs.cluster_worker import ClusterWorker
from ortstyle.runtime.cache import Cache
from ortstyle.video.painting.scene_painter import PaintedFrame, Palette, step_painter

if TYPE_CHECKING:
    from ortstyle.video.painting.passes import Step

_MOST_FILMS = 2  # that are kept at once, of several programs that use one cluster
_MOST_PARTS = 16  # of a film that wait for their next frame
_OPENCV: Final = ("opencv-python-headless", "opencv-python", "opencv-contrib-python")


def film_worker_facts(folder: str | None) -> dict[str, str]:
    """Return what `worker_facts` does, and what painting of films needs besides.

    The version of OpenCV, which finds how things move, is told beside that of ONNX Runtime. The
    fact "lack" says so if it is missing.
    """
    facts = worker_facts(folder)
    facts["onnxruntime"] = film_versions(facts["onnxruntime"])
    if not find_spec("cv2"):
        facts["lack"] = 'OpenCV is missing there; run there: pip install "ortstyle[video]"'
    return facts


def film_versions(onnxruntime: str) -> str:
    """Return the versions of what shapes the frames of a film, on one line for people."""
    for package in _OPENCV:
        try:
            return f"{onnxruntime} with OpenCV {version(package)}"
        except PackageNotFoundError:
            continue
    return onnxruntime


def paint_frame(data: tuple[str, Mapping[str, bytes]]) -> dict[str, Any]:
    """Paint one frame of a film.

    Parameters
    ----------
    data
        A `FilmRequest` as JSON, and files by their names.

    Returns
    -------
    dict
        "frame", the bytes of the frame's file, "evaluations", "loss" and "seconds"; or "missing",
        names of files to send again; or "error", one line, and "kind", the class of the error.
    """
    try:
        request = FilmRequest.from_json(data[0])
        with _entered(request) as film:
            return film.paint(request, data[1])
    except MissingFile as missing:
        return {"missing": [missing.name]}
    except _NotWaitedFor:
        forget_film(request.film)
        return {"error": "nobody waits for the frame", "kind": ""}
    except (MemoryError, MemoryBudgetError) as error:
        return {"error": f"out of memory ({error})", "kind": OutOfMemoryError.__name__}
    except OrtStyleError as error:
        return {"error": str(error), "kind": type(error).__name__}
    except Exception as error:  # noqa: BLE001  goes back as one line, as all failures do
        reason = " ".join(str(error).split())
        return {"error": f"unexpected {type(error).__name__}: {reason}", "kind": ""}


def forget_film(name: str) -> list[str]:
    """Free what a film takes on this worker, at once or when no frame of it is being painted."""
    with _lock:
        if (film := _films.pop(name, None)) is not None:
            film.close()
        if not _films:  # sessions may hold a GPU's memory
            for cache in _caches:
                cache.clear()
    return []


class _NotWaitedFor(Exception):  # noqa: N818  no error: the client has gone, or wants it no more
    """Nobody waits for the frame."""


class _Film:
    """A film, or what this process has of it.

    Parameters
    ----------
    request
        The first request that came for it.
    """

    def __init__(self, request: FilmRequest) -> None:
        self._folder = TemporaryDirectory(
            prefix="ortstyle-", dir=ClusterWorker().folder, ignore_cleanup_errors=True
        )
        shared = None if request.folder is None else Path(request.folder)
        self.store = FilmStore(Path(self._folder.name), shared=shared)
        self._parts: OrderedDict[str, _Part] = OrderedDict()  # that paint nothing now
        #: How many frames are being painted.
        self.busy, self._is_closed = 0, False

    def paint(self, request: FilmRequest, files: Mapping[str, bytes]) -> dict[str, Any]:
        worker = ClusterWorker()
        worker.limit_threads(request.threads, request.shares)
        part = self._take(request, worker)
        try:
            with self.store.using(request.needs, files) as missing:
                if missing:
                    return {"missing": missing}
                painted = part.paint(request, worker)
                step = request.step
                frame = part.frames.file_of(step.index, pass_=step.pass_)
            part.is_last = request.is_last
        except _NotWaitedFor:
            part.is_last = True
            raise
        finally:
            self._put_back(request.part, part)
        return {
            "frame": frame,
            "evaluations": painted.evaluations,
            "loss": float(painted.loss),
            "seconds": painted.seconds,
        }

    def close(self) -> None:
        """Free all, now or when nothing is painted any more."""
        self._is_closed = True
        if not self.busy:
            while self._parts:
                self._parts.popitem()[1].close()
            self._folder.cleanup()

    def leave(self) -> None:
        """Note that a frame is painted."""
        self.busy -= 1
        if self._is_closed:
            self.close()

    def _take(self, request: FilmRequest, worker: ClusterWorker) -> "_Part":
        """Return the painter of a part, for the caller alone."""
        with _lock:
            part = self._parts.pop(request.part, None)
        return part or _Part(request, self.store, worker)

    def _put_back(self, name: str, part: "_Part") -> None:
        with _lock:
            if part.is_last or name in self._parts:
                part.close()
                return
            self._parts[name] = part
            while len(self._parts) > _MOST_PARTS:
                self._parts.popitem(last=False)[1].close()


class _Part:
    """The painter of a part of a film; only one thread at a time may use it."""

    def __init__(self, request: FilmRequest, store: FilmStore, worker: ClusterWorker) -> None:
        self.frames, self.is_last = StoredFrames(store, request.size), False
        self._store, self._cache = store, _take_cache()
        self._pictures = dict[str, Any]()
        self._palette: Palette | None = None
        self._paint: Callable[[Step], PaintedFrame] | None = None
        self._worker = worker
        self._memory = request.memory or worker.memory_for(request.device)

    def paint(self, request: FilmRequest, worker: ClusterWorker) -> PaintedFrame:
        """Paint a frame, whose files are there."""
        names = {*request.styles, *filter(None, request.masks or ())}
        known, path_of = self._pictures, self._store.path_of
        self._pictures = {n: known[n] if n in known else unpack(n, path_of(n)) for n in names}
        self._palette = request.read_palette(self._pictures.__getitem__)
        self._worker = worker
        if self._paint is None:
            self._paint = step_painter(
                self.frames,
                palette_at=lambda _: self._current,
                settings=request.read_settings(lambda name: str(self._store.path_of(name))),
                film=request.read_film_settings(),
                device=request.device,
                memory=self._memory,
                cache=self._cache,
                watch=self._check_wanted,
            )
        painted = self._paint(request.step)
        self._check_wanted()  # else what a client that was killed has sent would stay here
        return painted

    def _check_wanted(self, _: object = None) -> None:
        if not self._worker.is_waited_for:
            raise _NotWaitedFor

    @property
    def _current(self) -> Palette:
        if self._palette is None:
            raise ValueError("there is no palette yet")
        return self._palette

    def close(self) -> None:
        """Let others have the cache."""
        _caches.append(self._cache)


# The state of this process: films by name, the one that was used last at the end.
_lock = RLock()
_films: OrderedDict[str, _Film] = OrderedDict()
_caches: list[Cache] = []  # that no part uses now


@contextmanager
def _entered(request: FilmRequest) -> Iterator[_Film]:
    """Return a context with a film; those that have not been used for longest are closed."""
    with _lock:
        film = _films.pop(request.film, None) or _Film(request)
        _films[request.film] = film
        film.busy += 1
        for name in [name for name, other in _films.items() if not other.busy]:
            if len(_films) > _MOST_FILMS:
                _films.pop(name).close()
    try:
        yield film
    finally:
        with _lock:
            film.leave()


def _take_cache() -> Cache:
    """Return a cache for a part alone, that of an earlier part if there is one."""
    try:
        return _caches.pop()
    except IndexError:
        return Cache(devices=True)
