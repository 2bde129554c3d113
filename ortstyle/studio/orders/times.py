"""How long paintings took on this machine, and so how long another one will take."""

from collections import deque
from threading import Lock

from ortstyle.jobs.estimate import Timing, speed_of
from ortstyle.jobs.row import Row, State

_RECENT = 12  # paintings of each device that count


class Times:
    """Learns from paintings that are done; any thread may use it."""

    def __init__(self) -> None:
        self._lock, self._found, self._latest = Lock(), dict[str, deque[Timing]](), ""

    def learn(self, row: Row, *, device: str | None = None) -> None:
        """Learn from the row of a job; nothing if it isn't done or was not painted.

        `device` is the device that painted it, where that is known better than by the row.
        """
        device = device or row.device
        if row.state is State.DONE and device and row.work and row.seconds:
            with self._lock:
                timings = self._found.setdefault(device, deque(maxlen=_RECENT))
                timings.append(Timing(row.work, row.seconds))
                self._latest = device

    def seconds(self, device: str, work: float) -> float | None:
        """Return the seconds that a job takes on a device; None before the first one there.

        Parameters
        ----------
        device
            The device; "auto" for the one that has painted last.
        work
            See `estimate.work_of`.
        """
        with self._lock:
            timings = self._found.get(self._latest if device == "auto" else device, ())
            speed = speed_of(list(timings))
        return speed.seconds(work) if speed else None
