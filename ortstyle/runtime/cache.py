"""What the runs of one process reuse: networks, sessions, statistics of styles."""

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any, Self
from weakref import WeakValueDictionary

from numpy.typing import NDArray

from ortstyle.graph.network import Network
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.session import Session

Arrays = Mapping[str, NDArray[Any]]
AnySession = Session | CudaGraphSession

_NETWORKS = 2  # that stay open: the one in the package and another
_COPIES = 2  # of a session's weights: those it was given, and those it has packed for its kernels
_SESSION_BYTES = 2_000_000  # of a session besides its weights


@dataclass(frozen=True)
class _Entry:
    """What is cached under a key, and the bytes that nothing else in the cache shares.

    `size` is that of the pictures of a session on another device than the processor.
    """

    value: AnySession | Arrays
    bytes: int
    size: Hashable = None


class Cache:
    """What the runs of one process reuse, so that a run like an earlier one starts sooner.

    A process that paints many pictures makes one and passes it to every `stylize`. Results do not
    depend on it. It holds

    - networks, as long as their files are unchanged and hold all weights;
    - sessions, which a run takes out and puts back when its scale is done; on other devices than
      the processor, whose memory is not known, only if wanted, and only those for pictures of one
      size: before a session for another size is made, they are closed;
    - statistics of style pictures.

    What is not in use takes no memory but for weights: inputs and results are released. Before each
    scale the run makes room in the cache, so that both fit in the run's memory; what was used
    longest ago goes first. When a device fails or is out of memory, the cache is emptied.

    A cache may be used from several threads; its networks may not, so the runs of one cache must
    follow each other.

    Parameters
    ----------
    limit
        The most bytes to hold; None for what the runs' memory leaves.
    devices
        Whether to hold sessions on all devices, as for the frames of a film, which follow one
        another with the same size. Such sessions, recorded CUDA graphs among them, keep the
        device's memory between two runs; without it they are made anew for each run.
    """

    def __init__(self, limit: int | None = None, *, devices: bool = False) -> None:
        #: Whether sessions on other devices than the processor are held.
        self.devices = devices
        #: Checks of pictures' sizes that have been passed, which take no memory to speak of.
        self.passed: set[Hashable] = set()
        self._limit = self._room = limit
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._networks: OrderedDict[Path, Network] = OrderedDict()
        self._kernels: dict[str, WeakValueDictionary[str, NDArray[Any]]] = {}
        self._lock = RLock()

    @property
    def bytes(self) -> int:
        """Bytes of the sessions and statistics that are not in use; kernels that are shared once.

        Networks are not counted: every run has one, and its plan counts it.
        """
        with self._lock:
            shared: dict[int, int] = {}
            for entry in self._entries.values():
                if isinstance(entry.value, AnySession):
                    arrays = entry.value.constants.values()
                    shared |= {id(array): array.nbytes for array in arrays}
            return sum(entry.bytes for entry in self._entries.values()) + sum(shared.values())

    def network(self, path: str | Path) -> Network:
        """Return the network of a file, as `Network.open` does, which says what is raised."""
        file = Path(path).absolute()
        with self._lock:
            found = self._networks.pop(file, None)
            if found is None or not _has_hash(file, found.sha256):
                found = Network.open(path)
            if found.is_one_file:
                self._networks[file] = found
                while len(self._networks) > _NETWORKS:
                    self._networks.popitem(last=False)
            return found

    def kernels(self, network: str) -> MutableMapping[str, NDArray[Any]]:
        """Return the transformed kernels of cached sessions, by name, for a network's hash.

        Kernels that are added stay as long as anything else holds them.
        """
        with self._lock:
            return self._kernels.setdefault(network, WeakValueDictionary())

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def take_session(self, key: Hashable) -> AnySession | None:
        """Take a session out of the cache; None if there is none of this key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or not isinstance(entry.value, AnySession):
                return None
            del self._entries[key]
            return entry.value

    def put_session(self, key: Hashable, session: AnySession, *, size: Hashable = None) -> None:
        """Put a session into the cache, which releases its inputs and outputs but the constants.

        A session of a key that is there already is closed. One that has failed empties the cache.
        `size` is that of its pictures, if it is on another device than the processor: those of
        another size are closed.
        """
        with self._lock:
            if session.has_failed:
                self.clear()
            if session.has_failed or key in self._entries:
                session.close()
                return
            session.release_all()
            if size is not None:
                self.close_other_sizes(size)
            self._put(key, session, _COPIES * session.weight_bytes + _SESSION_BYTES, size=size)

    def close_other_sizes(self, size: Hashable) -> None:
        """Close the sessions on other devices than the processor but those of one size."""
        with self._lock:
            others = [k for k, e in self._entries.items() if e.size not in (None, size)]
            for key in others:
                _close(self._entries.pop(key))

    @contextmanager
    def holding_devices(self) -> Iterator[None]:
        """Hold sessions on all devices within the context, as for the frames of a film."""
        before, self.devices = self.devices, True
        try:
            yield
        finally:
            self.devices = before
            if not before:
                self.close_other_sizes(None)

    def get_arrays(self, key: Hashable) -> Arrays | None:
        """Return cached arrays; None if there are none of this key."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or isinstance(entry.value, AnySession):
                return None
            self._entries.move_to_end(key)
            return entry.value

    def put_arrays(self, key: Hashable, arrays: Arrays) -> None:
        """Put arrays into the cache, which makes them read-only."""
        for array in arrays.values():
            array.flags.writeable = False
        with self._lock:
            self._put(key, arrays, sum(array.nbytes for array in arrays.values()))

    def _put(
        self, key: Hashable, value: AnySession | Arrays, count: int, *, size: Hashable = None
    ) -> None:
        self._entries[key] = _Entry(value, count, size)
        self._entries.move_to_end(key)
        self._drop_oldest()

    def make_room(self, room: int | None) -> None:
        """Hold no more than `room` bytes from now on; None for the cache's own limit."""
        with self._lock:
            limits = [limit for limit in (room, self._limit) if limit is not None]
            self._room = max(0, min(limits)) if limits else None
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self._room is not None and self._entries and self.bytes > self._room:
            _close(self._entries.popitem(last=False)[1])

    def clear(self) -> None:
        """Close all sessions and forget everything; the cache can be used again."""
        with self._lock:
            entries, self._entries = self._entries, OrderedDict()
            self._networks.clear()
            self.passed.clear()
            self._kernels.clear()
            for entry in entries.values():
                _close(entry)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()


def _close(entry: _Entry) -> None:
    if isinstance(entry.value, AnySession):
        entry.value.close()


def _has_hash(file: Path, expected: str) -> bool:
    """Return whether a file has a hash.

    Hashing a network takes a fraction of the time that reading it takes, and a file's time may lie.
    """
    try:
        return sha256(file.read_bytes()).hexdigest() == expected
    except OSError:  # opening it again will tell what is wrong
        return False
