"""The workers of a Dask cluster as what paints the scenes of a film."""

from collections.abc import Generator, Mapping
from itertools import count
from math import inf
from pathlib import Path
from typing import Self

from ortstyle.errors import ClusterError
from ortstyle.jobs.cluster_connection import ClusterConnection
from ortstyle.jobs.cluster_crew import Crew
from ortstyle.jobs.cluster_film_dispatch import FilmDispatch
from ortstyle.jobs.cluster_film_sender import FilmSender, SendingOptions
from ortstyle.jobs.cluster_film_worker import film_versions, film_worker_facts, forget_film
from ortstyle.jobs.cluster_tiles import DaskCrew, agreed_device
from ortstyle.run.provenance import versions
from ortstyle.video.painting.scene_painter import PaintedFrame
from ortstyle.video.scene_workers import FilmWork, Notice

_PATIENCE = 60.0  # seconds to wait for a worker if there is none


class ClusterScenes:
    """A connection to a cluster whose workers paint films; a context manager that closes it.

    Parameters
    ----------
    address
        The scheduler, such as "tcp://host:8786".
    device
        Name of the device that all workers paint on, or "auto" for the one that they all choose.
    threads
        Threads that each worker uses; 0 for what its environment says, or its share of its machine.
    resources
        What a frame takes of a worker's resources, such as ``{"GPU": 1}``.
    shared
        A folder that all machines see under the same path, and in which the folder of the film will
        be; None to send all frames.
    patience
        Seconds to wait for a worker if there is none, or for a scheduler that is lost.
    timeout
        Seconds after which a scheduler that does not answer is given up.

    Attributes
    ----------
    device
        Name of the device that the workers paint on.

    Raises
    ------
    ClusterError
        Dask is not installed, the scheduler can't be reached, or its workers can't paint films.
    """

    def __init__(
        self,
        address: str,
        *,
        device: str = "auto",
        threads: int = 0,
        resources: Mapping[str, float] | None = None,
        shared: Path | None = None,
        patience: float = _PATIENCE,
        timeout: float = 10.0,
    ) -> None:
        self._threads, self._is_shared, self._patience = threads, shared is not None, patience
        self._films = count()
        self._dispatch: FilmDispatch | None = None
        self._connection = ClusterConnection(
            address,
            resources=resources,
            folder=None if shared is None else str(shared),
            timeout=timeout,
            facts=film_worker_facts,
        )
        try:
            self.device = self._find_device(device)
        except BaseException:
            self._connection.close()
            raise

    def _find_device(self, device: str) -> str:
        """Return the device that all workers choose that are there."""
        crew = Crew(self._connection, notify=lambda _: None, patience=inf)
        crew.update()
        usable = sorted(name for name, slots in crew.roster.slots.items() if slots)
        if not usable:
            address = self._connection.address
            raise ClusterError(
                f"scheduler {address} has no worker that can paint now; start one with: dask "
                f"worker {address} --nthreads 1"
            )
        return agreed_device(DaskCrew(self._connection).ask(usable, device))[0]

    def _differences(self) -> list[str]:
        """Return a line about workers whose versions are not those of this machine."""
        here = film_versions(versions()["onnxruntime"])
        others = sorted(self._connection.roster().versions - {here})
        line = (
            f"workers have ONNX Runtime {' and '.join(others)}, and this machine {here}; frames "
            "may differ a little from those that are painted here"
        )
        return [line] if others else []

    @property
    def at_once(self) -> int:
        """How many frames are being painted now, at least 1."""
        return max(1, self._dispatch.at_once if self._dispatch else 1)

    def paint(self, work: FilmWork) -> Generator[PaintedFrame | Notice, None, None]:
        """Paint a film; see `video.scene_workers.SceneWorkers`."""
        name = f"ortstyle-{self._connection.name}-{next(self._films)}"
        options = SendingOptions(
            film=name, device=self.device, threads=self._threads, is_shared=self._is_shared
        )
        notices = self._differences()
        crew = Crew(self._connection, notify=notices.append, patience=self._patience)
        self._dispatch = dispatch = FilmDispatch(
            work.parts,
            name=name,
            folder=work.folder,
            sender=FilmSender(work, options),
            connection=self._connection,
            crew=crew,
            notices=notices,
        )
        try:
            yield from dispatch.run()
        finally:
            self._dispatch = None
            if self._connection.is_alive:
                self._connection.ask(forget_film, name)

    def close(self) -> None:
        """End the connection; frames that are being painted are given up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
