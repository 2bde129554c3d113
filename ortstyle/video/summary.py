"""What a person is told of a film before it is painted."""

from ortstyle.video.estimate import FilmEstimate, estimate_film
from ortstyle.video.frames.disk_room import check_room, source_bytes
from ortstyle.video.painting.passes import last_pass
from ortstyle.video.preparation import PreparedFilm
from ortstyle.video.times import format_time
from ortstyle.video.writing import painted_count


def estimate_of(
    prepared: PreparedFilm, *, seconds_each: float | None = None
) -> FilmEstimate | None:
    """Return what a film will take; None where the clip does not tell its frames.

    `seconds_each` are those of an evaluation at the size of the film, if they are known.
    """
    folder, order = prepared.folder, prepared.order
    count = folder.source_count if folder.has_all_sources else prepared.expected_frames
    if count is None:
        return None
    return estimate_film(
        count,
        prepared.size,
        order.settings,
        order.film,
        scenes=folder.scenes if folder.has_all_sources else None,
        seconds_each=seconds_each,
        bits=prepared.clip.bits,
    )


def check_disk(prepared: PreparedFilm) -> None:
    """Raise an `OutputError` if the disk has too little room for the frames that are missing."""
    estimate = estimate_of(prepared)
    if estimate is not None:
        masks = prepared.masks.count * source_bytes(prepared.size) * estimate.frames
        check_room(prepared.folder.path, max(0, estimate.disk_bytes + masks - prepared.folder.size))


def summary_of(prepared: PreparedFilm, *, seconds_each: float | None = None) -> tuple[str, ...]:
    """Return lines for a person: the clip, what will be painted, and what is there already.

    `seconds_each` is as in `estimate_of`.
    """
    clip, order, folder = prepared.clip, prepared.order, prepared.folder
    length = "" if clip.duration is None else f"{format_time(clip.duration)}, "
    part = ""
    if order.begin is not None or order.end is not None:
        begin = "its beginning" if order.begin is None else format_time(order.begin)
        end = "its end" if order.end is None else format_time(order.end)
        part = f", from {begin} to {end}"
    rate = f"{float(clip.rate):.4g} frames a second"
    lines = [f"{clip.path}: {length}{clip.width}×{clip.height}, {rate}{part}"]
    if folder.source_count:
        painted = painted_count(folder, passes=last_pass(order.film))
        lines.append(
            f"going on with {folder.path}: {folder.source_count} frames are read and {painted} "
            "painted already"
        )
    elif estimate := estimate_of(prepared, seconds_each=seconds_each):
        lines.append(f"{estimate.text} in {folder.path}")
    return tuple(lines)
