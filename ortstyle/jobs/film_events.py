"""What a film that is painted as a job tells of its progress: events with those of pictures' names.

A film goes through phases, whose frames take unlike times: each phase has a share of the whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ortstyle.jobs.events import finite
from ortstyle.video.film_progress import FilmProgress, Phase

if TYPE_CHECKING:
    from ortstyle.run.iterate import Iterate

#: Where in the whole film, 0 to 1, each phase begins and ends.
_SPANS: Final[Mapping[Phase, tuple[float, float]]] = {
    "reading": (0.0, 0.05),
    "painting": (0.05, 0.92),
    "between": (0.92, 0.96),
    "writing": (0.96, 1.0),
}
_UNKNOWN = 1000  # evaluations of a film whose clip does not tell its frames


@dataclass
class FilmShare:
    """How much of a film is done.

    Attributes
    ----------
    evaluations
        The evaluations of the whole film, as it is estimated; None if that isn't known.
    first_ratio
        How many times as much work the first frame is as a later one.
    done
        The share that is done, 0 to 1, which never decreases.
    kept
        The share whose frames are kept.
    """

    evaluations: int | None
    first_ratio: float = 1.0
    done: float = 0.0
    kept: float = 0.0
    _frames: tuple[int, int] = (0, 0)  # that are painted, and all

    @property
    def of(self) -> int:
        """The evaluations of the whole film, at least one."""
        return max(1, _UNKNOWN if self.evaluations is None else self.evaluations)

    @property
    def evaluated(self) -> int:
        """The evaluations that stand for the share that is done; all only once it is."""
        return self._evaluations(self.done)

    @property
    def kept_evaluations(self) -> int:
        """The evaluations that stand for the share whose frames are kept."""
        return self._evaluations(self.kept)

    def begin(self, *, read: int, painted: int, count: int | None) -> None:
        """Take over how many frames an earlier process has read and painted, of a film of some."""
        if count and painted:
            self._keep("painting", self._painted(painted, count))
        elif count:
            self._keep("reading", read / count)

    def follow(self, progress: FilmProgress) -> None:
        """Take over how far a film is."""
        if not progress.count:
            return
        part = progress.done / progress.count
        if progress.phase == "painting":
            self._frames = progress.done, progress.count
            part = self._painted(*self._frames)
        self._keep(progress.phase, part)

    def within(self, evaluations: int, of: int) -> None:
        """Take over how far the frame is that is being painted."""
        painted, count = self._frames
        if count:
            part = self._painted(painted + min(1.0, evaluations / of), count)
            self.done = max(self.done, _reached("painting", part))

    def _painted(self, frames: float, count: int) -> float:
        """Return the part of the painting that some frames are; the first is more work."""
        more = self.first_ratio - 1
        return (frames + more * min(1.0, frames)) / (count + more)

    def _keep(self, phase: Phase, part: float) -> None:
        reached = _reached(phase, part)
        self.done = max(self.done, reached)
        if phase != "writing":  # which begins anew
            self.kept = max(self.kept, reached)

    def _evaluations(self, share: float) -> int:
        return self.of if share >= 1 else min(self.of - 1, int(share * self.of))


def _reached(phase: Phase, part: float) -> float:
    """Return the share of a film that is done with a part of a phase."""
    first, last = _SPANS[phase]
    return first + (last - first) * min(1.0, max(0.0, part))


def film_figures(
    progress: FilmProgress,
    share: FilmShare,
    *,
    size: tuple[int, int],
    seconds: float,
    seconds_left: float | None,
    last: "Iterate | None" = None,
) -> dict[str, Any]:
    """Return the figures of the event "progress" of a film.

    They are those of a picture (see `events.progress_figures`), where "evaluations" of "of" stand
    for the share of the film that is done, and "loss" and "terms" are those of `last`, the
    evaluation made last, if any; and "phase", "frame" (the index of the frame done last), "frames"
    (how many are done in this phase) and "frames_of" (how many there are, or None).
    """
    return {
        "phase": progress.phase,
        "frame": progress.index,
        "frames": progress.done,
        "frames_of": progress.count,
        "scale": [0, 1],
        "evaluations": share.evaluated,
        "of": share.of,
        "loss": None if last is None else finite(last.loss),
        "terms": {} if last is None else {name: finite(one) for name, one in last.terms.items()},
        "seconds": seconds,
        "seconds_left": seconds_left,
        "width": size[0],
        "height": size[1],
    }
