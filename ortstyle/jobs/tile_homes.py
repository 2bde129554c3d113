"""Which worker computes which tile, and what it has stored of it."""

from collections import Counter

from ortstyle.objective.tile_executor import TileTask
from ortstyle.objective.tiles import Tile

_Key = tuple[int, Tile]  # a segment and one of its tiles


class TileHomes:
    """Shares out tiles to workers; a tile stays with its worker as long as that is there.

    Attributes
    ----------
    workers
        The names of the workers that are there, in the same order in every process.
    """

    def __init__(self) -> None:
        self.workers: list[str] = []
        self._homes: dict[_Key, str] = {}
        self._stored: dict[tuple[str, _Key], frozenset[str]] = {}

    def of(self, segment: int, tile: Tile) -> str:
        """Return the worker of a tile, the one with the fewest tiles if it has none.

        There has to be a worker.
        """
        key = segment, tile
        if self._homes.get(key) not in self.workers:
            self._homes.pop(key, None)
            self._homes[key] = self._least_loaded(segment)[0]
        return self._homes[key]

    def balance(self) -> None:
        """Give tiles to workers that have come, until no worker has two more than another."""
        self._homes = {key: name for key, name in self._homes.items() if name in self.workers}
        for key, home in self._homes.items():
            least, loads = self._least_loaded(key[0])
            if loads[home] > loads[least] + 1:
                self._homes[key] = least

    def _least_loaded(self, segment: int) -> tuple[str, Counter[str]]:
        """Return the worker with the fewest tiles of a segment, and how many each worker has."""
        loads = Counter(dict.fromkeys(self.workers, 0))
        loads.update(home for (other, _), home in self._homes.items() if other == segment)
        return min(self.workers, key=loads.__getitem__), loads

    # constants

    def stored(self, worker: str, task: TileTask) -> frozenset[str]:
        """Return which constants of a task's tile a worker has been sent."""
        return self._stored.get((worker, _key(task)), frozenset())

    def store(self, worker: str, task: TileTask) -> None:
        """Note that a worker has been sent the constants of a task."""
        names = self.stored(worker, task) | task.constant_names
        self._stored[worker, _key(task)] = names

    def forget(self, worker: str, task: TileTask) -> None:
        """Note that a worker has nothing stored of a task's tile."""
        self._stored.pop((worker, _key(task)), None)


def _key(task: TileTask) -> _Key:
    return task.graph.segment, task.tile
