"""The settings of a film: how its frames hang together, beside those of each painted picture."""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

from ortstyle.settings.checks import Range
from ortstyle.settings.declaration import check_options, declared, documented

_film = partial(declared, panel="Film")

#: How a painted frame is held to those before it; see `video.painting`.
Consistency = Literal["flow", "none"]


@documented
@dataclass(frozen=True, kw_only=True)
class FilmSettings:
    """The settings of a film, beside the `Settings` of each of its pictures.

    Raises
    ------
    SettingsError
        A value is unknown or out of range.
    """

    consistency: Consistency = _film(
        "flow",
        "How frames are held to each other: along the optical flow, or not at all.",
        details='"flow" holds each frame to those before it along the optical flow (Ruder, '
        'Dosovitskiy, Brox 2016); "none" paints every frame by itself.',
    )
    temporal_weight: float = _film(
        2.0,
        "Weight of the loss that holds a frame to those before it.",
        metavar="W",
        allowed=Range(),
    )
    frame_iterations: int = _film(
        10,
        "Evaluations of loss and gradient for each frame after the first of its scene.",
        details="Where much comes into view there are up to 1.6 times as many.",
        metavar="N",
        allowed=Range(1, most=10**5),
    )
    every: int = _film(
        1,
        "Paint every N-th frame, and make those between from the painted ones by optical flow.",
        metavar="N",
        allowed=Range(1, most=1000),
    )
    passes: int = _film(
        1,
        "Number of passes over the frames, forwards and backwards in turn.",
        metavar="N",
        allowed=Range(1, most=100),
    )
    cuts: bool = _film(
        True,
        "Find cuts, and paint the first frame of each scene as a picture of its own.",
        flags=("--cuts", "--no-cuts"),
    )
    loop: bool = _film(
        False,
        "Join the end of the film to its beginning, for a film that is repeated.",
        flags=("--loop",),
    )

    def __post_init__(self) -> None:
        check_options(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a dictionary for JSON."""
        return asdict(self)
