"""The cluster that `--scheduler` names, for commands that have it compute tiles or paint scenes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ortstyle.cli.dask_noise import quiet_dask

if TYPE_CHECKING:  # these modules load ONNX, which the help of commands does not need
    from ortstyle.cli.video_command import VideoCommand
    from ortstyle.objective.tile_executor import TileWorkers
    from ortstyle.video.scene_workers import SceneWorkers

Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Paint in tiles on the workers of a Dask cluster, such as tcp://host:8786.",
        metavar="ADDRESS",
    ),
]


@contextmanager
def tile_workers(scheduler: str | None, device: str) -> Iterator["TileWorkers | None"]:
    """Return a context with the workers of a cluster; with None if there is no scheduler.

    `device` is the name of the device that the workers compute on, or "auto".

    Raises
    ------
    ClusterError
        Dask is not installed, the scheduler can't be reached, or its workers can't compute tiles.
    """
    if scheduler is None:
        yield None
        return
    from ortstyle.jobs.cluster_tiles import ClusterTiles  # noqa: PLC0415  loads onnx

    with quiet_dask(), ClusterTiles(scheduler, device=device) as workers:
        yield workers


@contextmanager
def scene_workers(command: "VideoCommand") -> Iterator["SceneWorkers | None"]:
    """Return a context with the workers that paint a film; with None if there is no scheduler.

    Raises
    ------
    ClusterError
        Dask is not installed, the scheduler can't be reached, or its workers can't paint films.
    """
    if command.scheduler is None:
        yield None
        return
    from ortstyle.jobs.cluster_film import ClusterScenes  # noqa: PLC0415  loads onnx

    place = command.order.work_folder.absolute().parent
    with (
        quiet_dask(),
        ClusterScenes(
            command.scheduler,
            device=command.device,
            threads=command.threads,
            resources=command.resources,
            shared=place if command.is_shared else None,
        ) as workers,
    ):
        yield workers
