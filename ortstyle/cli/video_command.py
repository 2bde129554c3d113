"""The command line of `ortstyle video`, as one record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from ortstyle.cli.pairs import split_pair
from ortstyle.errors import SettingsError
from ortstyle.settings.conversion import shown
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.times import parse_time


@dataclass(frozen=True, kw_only=True)
class VideoCommand:
    """Everything that a command line says about a film.

    Attributes
    ----------
    order
        What to paint, how, and where to.
    device
        Name of a device, or "auto", as `--device` takes it.
    memory
        Bytes that the process may take; None for the free memory.
    overwrite
        Whether a film that exists may be replaced, as `--overwrite` says; None if nothing was said.
    thumbnail
        Whether to show frames in the terminal; None to do so if the terminal is known to show
        pictures.
    quiet
        Whether to print only errors and notices.
    scheduler
        Address of the scheduler of a Dask cluster; None to paint on this machine.
    is_shared
        Whether all machines of the cluster see the folder of frames under the same path.
    resources
        What a frame takes of a worker's resources.
    threads
        Threads of each worker; 0 for as many as it may use.

    Raises
    ------
    SettingsError
        An option is for a cluster, and there is none.
    """

    order: FilmOrder
    device: str = "auto"
    memory: int | None = None
    overwrite: bool | None = None
    thumbnail: bool | None = None
    quiet: bool = False
    scheduler: str | None = None
    is_shared: bool = False
    resources: Mapping[str, float] = field(default_factory=dict)
    threads: int = 0

    def __post_init__(self) -> None:
        if self.scheduler is None and (self.is_shared or self.resources):
            raise SettingsError("--shared and --resources are for a cluster; name its --scheduler")


def parse_style_time(joined: str) -> tuple[Fraction, Path]:
    """Read the two values of `--style-at`, a time and a picture, as `pairs.join_pairs` gives them.

    Raises
    ------
    SettingsError
        One is missing, or the first is no time.
    """
    time, path = split_pair(joined)
    if not path:
        raise SettingsError(
            f"--style-at: {shown(joined)} has no painting; write --style-at 0:10 painting.jpg"
        )
    return parse_time(time, option="--style-at"), Path(path)
