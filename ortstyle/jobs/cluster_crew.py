"""The workers of a cluster over time: who gets the next job, and when waiting for one ends."""

import time
from collections.abc import Callable, Mapping

from ortstyle.errors import ClusterError
from ortstyle.jobs.cluster_connection import ClusterConnection, Roster

_REFRESH_SECONDS = 1.0  # between two looks at the workers


class Crew:
    """Watches the workers behind a connection.

    Parameters
    ----------
    connection
        The cluster.
    notify
        Called with a line about workers that can't be used, or are waited for.
    patience
        Seconds to wait for a worker if there is none, or for a scheduler that is lost.
    """

    def __init__(
        self, connection: ClusterConnection, *, notify: Callable[[str], None], patience: float
    ) -> None:
        self._connection, self._notify, self._patience = connection, notify, patience
        self.roster = Roster()
        self._looked_at = float("-inf")
        self._missed_at: float | None = None
        self._told = set[str]()

    def update(self) -> bool:
        """Look at the workers if it is time; return whether that was done.

        Raises
        ------
        ClusterError
            The scheduler is lost, or no worker can be used; but if workers may still come, only
            after the patience has ended.
        """
        now = time.monotonic()
        if now - self._looked_at < _REFRESH_SECONDS:
            return False
        self.roster = self._connection.roster()
        self._looked_at = time.monotonic()
        self._tell_differences()
        if any(self.roster.slots.values()) and self._connection.is_alive:
            self._missed_at = None
        else:
            self._miss(now)
        return True

    def look_again(self) -> None:
        """Let `update` look at the workers at once, because one of them is lost."""
        self._looked_at = float("-inf")

    def choose(self, busy: Mapping[str, int]) -> str | None:
        """Return the worker with the most free slots, from the jobs that each has; None for none.

        Workers that are gone may be among those that have jobs: their jobs go to others.
        """
        slots = self.roster.slots
        if sum(busy.values()) >= sum(slots.values()):
            return None
        return max(slots, key=lambda name: slots[name] - busy.get(name, 0))

    def _miss(self, now: float) -> None:
        """Wait for workers, but not for ever, and not if none can be used."""
        address, patience = self._connection.address, self._patience
        lost = not self._connection.is_alive
        if not lost:
            self._check_suitable()
        if self._missed_at is None:
            self._missed_at = now
            what = "is lost" if lost else "has no worker that can paint now"
            self._notify(f"scheduler {address} {what}; waiting {patience:g} seconds")
        if self._connection.is_closed or now - self._missed_at >= patience:
            raise ClusterError(
                f"scheduler {address} is lost; what is done is kept, and the same command goes on "
                "once it runs again"
                if lost
                else f"no worker has come to scheduler {address} in {patience:g} seconds; start "
                f"one with: dask worker {address} --nthreads 1"
            )

    def _check_suitable(self) -> None:
        """Raise a `ClusterError` if there are workers, and none of them can ever be used."""
        roster, address = self.roster, self._connection.address
        if roster.slots and not roster.suitable:
            wanted = " ".join(f"{k}={v:g}" for k, v in self._connection.resources.items())
            raise ClusterError(
                f"no worker of scheduler {address} offers --resources {wanted}; start one with: "
                f'dask worker {address} --nthreads 1 --resources "{wanted}"'
            )
        if roster.refused and not roster.slots:
            worker, why = next(iter(roster.refused.items()))
            raise ClusterError(f"no worker can be used; {worker}: {why}")

    def _tell_differences(self) -> None:
        """Tell once of each worker that can't be used, and of versions that differ."""
        lines = [
            f"worker {worker} is not used: {why}" for worker, why in self.roster.refused.items()
        ]
        versions = sorted(self.roster.versions)
        if len(versions) > 1:
            lines.append(
                f"workers have ONNX Runtime {' and '.join(versions)}; results may differ a little "
                "from one worker to another"
            )
        for line in lines:
            if line not in self._told:
                self._told.add(line)
                self._notify(line)
