"""What a film will take: frames, evaluations, seconds and room on the disk, said beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ortstyle.memory.amounts import format_memory
from ortstyle.packaged import packaged_path
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.runtime.devices import Device
from ortstyle.settings.film import FilmSettings
from ortstyle.settings.schedule import schedule
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.disk_room import painted_bytes, source_bytes
from ortstyle.video.painting.passes import last_pass, painted_indices, steps_of

# Seconds of a pixel on one core of a processor of 2024; the device does the rest.
_READ = 0.3e-6  # to decode a frame, and to write and read its files
_MOTION = 4e-6  # to find how things move from some frames to one, and back
_MEASURED = (256, 256)  # height and width at which an evaluation is measured


@dataclass(frozen=True, kw_only=True)
class FilmEstimate:
    """What a film will take.

    Attributes
    ----------
    frames, scenes
        Frames of the film, and how many scenes they form.
    size
        Width and height of a frame.
    first
        Frames that are painted from nothing: one a scene, or all.
    later
        How often a frame is painted from those before it, in all passes.
    between
        Frames that are made from painted ones by optical flow.
    first_evaluations, later_evaluations
        Evaluations of each of the first and the later frames.
    work
        Evaluations of all frames, in those at the size of the film: at a coarse scale one counts by
        its pixels.
    seconds
        Seconds in all; None if those of an evaluation are not known.
    disk_bytes
        Bytes that the folder of the film takes.
    """

    frames: int
    scenes: int
    size: tuple[int, int]
    first: int
    later: int
    between: int
    first_evaluations: int
    later_evaluations: int
    work: float
    seconds: float | None
    disk_bytes: int

    @property
    def evaluations(self) -> int:
        """Evaluations of all frames at all scales."""
        return self.first * self.first_evaluations + self.later * self.later_evaluations

    @property
    def first_ratio(self) -> float:
        """How many times as much work a first frame is as a later one; 1 if one kind is missing."""
        if not (self.first and self.later):
            return 1.0
        later = self.later * self.later_evaluations
        return (self.work - later) / self.first / self.later_evaluations

    @property
    def text(self) -> str:
        """The estimate on one line for people."""
        width, height = self.size
        parts = [f"{_counted(self.frames, 'frame')} of {width}×{height}"]
        parts += [f"{self.between:,} of them between painted ones"] * bool(self.between)
        parts += [_counted(self.scenes, "scene")] * (self.scenes > 1)
        parts.append(f"{_counted(self.evaluations, 'evaluation')}")
        parts.append(f"{format_memory(self.disk_bytes)} on the disk")
        if self.seconds is not None:
            parts.append(f"about {_duration(self.seconds)}")
        return ", ".join(parts)


def estimate_film(
    frames: int,
    size: tuple[int, int],
    settings: Settings,
    film: FilmSettings,
    *,
    scenes: Sequence[range] | None = None,
    seconds_each: float | None = None,
    bits: int = 8,
) -> FilmEstimate:
    """Estimate what a film takes.

    Parameters
    ----------
    frames
        Number of its frames.
    size
        Width and height at which they are painted.
    settings, film
        The settings.
    scenes
        The frames of each scene; None while that is not known, which counts as one scene.
    seconds_each
        Seconds of an evaluation at the size of the film, as `evaluation_seconds` measures them.
    bits
        Of a sample of the source.
    """
    scenes = [scene for scene in scenes or [range(frames)] if scene]
    painted = sum(len(painted_indices(scene, film)) for scene in scenes)
    between = frames - painted
    first, later = _count_steps(scenes, film)
    scales = schedule(max(size), settings.scales, settings.iterations)
    later_evaluations = min(film.frame_iterations, settings.evaluations)
    work = first * _relative_work(scales, size) + later * later_evaluations
    seconds = None
    if seconds_each is not None:
        moved = _MOTION * (later + between)
        seconds = work * seconds_each + (_READ * (frames + later) + moved) * prod(size)
    room = frames * source_bytes(size, bits=bits) + between * painted_bytes(size)
    room += painted * painted_bytes(size, passes=last_pass(film))
    return FilmEstimate(
        frames=frames,
        scenes=len(scenes),
        size=size,
        first=first,
        later=later,
        between=between,
        first_evaluations=sum(count for _, count in scales),
        later_evaluations=later_evaluations,
        work=work,
        seconds=seconds,
        disk_bytes=room,
    )


def evaluation_seconds(
    size: tuple[int, int], settings: Settings, *, device: str | Device = "auto"
) -> float:
    """Measure a few evaluations at a small size, and return the seconds of one at another size.

    Parameters
    ----------
    size
        Width and height.
    settings
        The settings, which name the model.
    device
        As for `stylize`.

    Raises
    ------
    OrtStyleError
        The model or the device can't be used.
    """
    # These load ONNX Runtime.
    from ortstyle.graph.network import Network  # noqa: PLC0415
    from ortstyle.run.probe import choose_device  # noqa: PLC0415
    from ortstyle.run.timed_evaluation import evaluate_noise  # noqa: PLC0415

    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    chosen = choose_device(device) if isinstance(device, str) else device
    _, seconds = evaluate_noise(network, settings, shape=_MEASURED, device=chosen)
    return seconds * prod(size) / prod(_MEASURED)


def _count_steps(scenes: Sequence[range], film: FilmSettings) -> tuple[int, int]:
    """Return how many frames are painted from nothing, and how many from others, in all passes."""
    first = later = 0
    for scene in scenes:
        for step in steps_of(scene, film, is_whole=len(scenes) == 1):
            if step.earlier:
                later += 1
            elif not step.is_copy:
                first += 1
    return first, later


def _relative_work(scales: Sequence[tuple[int, int]], size: tuple[int, int]) -> float:
    """Return the evaluations of a picture in those at its last scale."""
    return sum(count * prod(scaled_size(size, side)) for side, count in scales) / prod(size)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _duration(seconds: float) -> str:
    """Return a duration as exactly as an estimate may be: "40 s", "12 min", "3 h 20 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    if minutes < 48 * 60:
        hours, rest = divmod(round(minutes, -1), 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(minutes / (24 * 60)):,} days"
