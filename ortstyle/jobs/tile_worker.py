"""What computes tiles in the process of a worker, for a picture that another process paints."""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ortstyle.errors import ModelError, OrtStyleError, OutOfMemoryError
from ortstyle.graph.loss_graph import Region
from ortstyle.graph.network import Network
from ortstyle.graph.segments import Size
from ortstyle.objective.segment_graphs import Computes, SegmentGraphs, TileGraph
from ortstyle.objective.tile_executor import Arrays
from ortstyle.objective.tile_sessions import TileSessions
from ortstyle.objective.tiles import Tile
from ortstyle.packaged import packaged_path
from ortstyle.run.verification import verify_device
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.precision import resolve_precision, with_precision
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.runtime.threads import LIMIT, limit_threads
from ortstyle.settings.serialization import from_dict

_LIMIT_GIVEN = os.environ.get(LIMIT, "")  # when the worker was started
_MOST_PICTURES = 2  # whose sessions are open at once, of several programs that use one cluster
_UNNEEDED = {"model": None, "init": "content", "content_mask": (), "style_mask": ()}


@dataclass(frozen=True, kw_only=True)
class RemotePicture:
    """The picture that tiles belong to, as far as their graphs depend on it; plain data.

    Attributes
    ----------
    name
        A name that no other picture has.
    settings
        `Settings.to_dict` of the objective's settings.
    model, model_sha256
        File of the network, empty for the network in the package, and the file's hash.
    device, threads
        Name of the device to compute on, and how many threads a worker uses whose environment does
        not say; 0 for as many as it may.
    size, most, regions, anchored
        As for `SegmentGraphs`.
    """

    name: str
    settings: Mapping[str, Any]
    model: str
    model_sha256: str
    device: str
    threads: int
    size: Size
    most: int
    regions: tuple[Region, ...]
    anchored: bool = False

    @classmethod
    def of(
        cls, graphs: SegmentGraphs, *, name: str, device: str, threads: int = 0
    ) -> "RemotePicture":
        """Return the record from which a worker builds the same graphs."""
        settings = graphs.settings
        return cls(
            name=name,
            settings=settings.to_dict() | _UNNEEDED,
            model=Path(settings.model).absolute().as_posix() if settings.model else "",
            model_sha256=graphs.network.sha256,
            device=device,
            threads=threads,
            size=graphs.size,
            most=graphs.most,
            regions=tuple(Region(r.name, r.masked, r.share) for r in graphs.regions),
            anchored=graphs.anchored,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TileRequest:
    """A graph to be run on a tile by a worker.

    Attributes
    ----------
    picture
        The picture that the tile belongs to.
    graph, tile
        As for `TileTask`.
    inputs
        The inputs of this run alone, by name.
    constants
        Inputs that the worker is to store for the tile.
    stored
        Names of inputs that the worker should have stored already.
    """

    picture: RemotePicture
    graph: TileGraph
    tile: Tile
    inputs: Arrays
    constants: Arrays = field(default_factory=dict)
    stored: frozenset[str] = frozenset()


def run_tile(request: TileRequest) -> dict[str, Any]:
    """Run a graph on a tile, one tile at a time in this process.

    Returns
    -------
    dict
        "outputs", the arrays by name; or "missing", names of `TileRequest.stored` that are not
        stored here; or "error", one line, and "kind", the name of the error's class.
    """
    with _lock:
        try:
            _tidy()
            return _opened(request.picture).run(request)
        except MemoryError as error:
            return {"error": f"out of memory ({error})", "kind": OutOfMemoryError.__name__}
        except OrtStyleError as error:
            return {"error": str(error), "kind": type(error).__name__}
        except Exception as error:  # noqa: BLE001  goes back as one line, as all failures do
            reason = " ".join(str(error).split())
            return {"error": f"unexpected {type(error).__name__}: {reason}", "kind": ""}


def release_graphs(picture: str, segment: int, computes: Computes) -> list[str]:
    """Close the sessions of a segment that compute this, now or before the next tile is run."""
    return _later(lambda: _release(picture, segment, computes))


def forget_picture(picture: str) -> list[str]:
    """Free the memory that tiles of a picture take, now or before the next tile is run."""
    return _later(lambda: _forget(picture))


class _OpenedPicture:
    """The sessions and the stored inputs of one picture's tiles."""

    def __init__(self, picture: RemotePicture) -> None:
        if picture.threads and not _LIMIT_GIVEN:
            limit_threads(picture.threads)
        network, device = _network(picture), find_device(picture.device)
        settings = from_dict(dict(picture.settings))
        settings = replace(
            settings,
            model=picture.model or None,
            precision=resolve_precision(device, settings.precision),
        )
        verify_device(device, network, settings=settings)
        device = with_precision(device, settings.precision)
        graphs = SegmentGraphs(
            network,
            settings,
            size=picture.size,
            most=picture.most,
            regions=picture.regions,
            anchored=picture.anchored,
            comparisons=device.comparisons,
        )
        self._factory = SessionFactory(device, settings)
        self.sessions = TileSessions(graphs.build, self._factory)
        self._stored: dict[tuple[int, Tile], Arrays] = {}

    def run(self, request: TileRequest) -> dict[str, Any]:
        stored = self._stored.setdefault((request.graph.segment, request.tile), {})
        # Copies, because an array that has been received keeps the whole message in memory.
        stored |= {name: np.array(value) for name, value in request.constants.items()}
        if missing := request.stored - stored.keys():
            return {"missing": sorted(missing)}
        session = self.sessions.of(request.graph)
        constants = {name: stored[name] for name in request.stored | request.constants.keys()}
        outputs = session.run(**constants, **request.inputs)
        session.release_run()
        return {"outputs": outputs}

    def close(self) -> None:
        self._factory.close()
        self.sessions.close()
        self._stored.clear()


# The state of this process: one tile is run at a time, and other threads only ask for changes.
_lock = Lock()
_pictures: OrderedDict[str, _OpenedPicture] = OrderedDict()
_asked: deque[Callable[[], None]] = deque()


def _opened(picture: RemotePicture) -> _OpenedPicture:
    """Return an opened picture, and close the one that has not been used for longest."""
    if picture.name not in _pictures:
        while len(_pictures) >= _MOST_PICTURES:
            _pictures.popitem(last=False)[1].close()
        _pictures[picture.name] = _OpenedPicture(picture)
    _pictures.move_to_end(picture.name)
    return _pictures[picture.name]


def _later(change: Callable[[], None]) -> list[str]:
    """Make a change now, or before the next tile if one is being run; return nothing of note."""
    _asked.append(change)
    if _lock.acquire(blocking=False):
        try:
            _tidy()
        finally:
            _lock.release()
    return []


def _tidy() -> None:
    while _asked:
        _asked.popleft()()


def _release(picture: str, segment: int, computes: Computes) -> None:
    if picture in _pictures:
        _pictures[picture].sessions.close_those_of(segment, computes)


def _forget(picture: str) -> None:
    if picture in _pictures:
        _pictures.pop(picture).close()


def _network(picture: RemotePicture) -> Network:
    """Open the network of a picture, and make sure that it is the one that the client has."""
    path = Path(picture.model or packaged_path("models", "vgg19.onnx"))
    try:
        network = Network.open(path)
    except ModelError as error:
        raise ModelError(f"{error}; the model has to be at this path on every worker") from error
    if network.sha256 != picture.model_sha256:
        raise ModelError(f"{path} is not the model that the picture is painted with; copy it again")
    return network
