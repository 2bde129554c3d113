"""The tags and chapters that a film takes over from its clip."""

from collections.abc import Mapping
from fractions import Fraction

from av.container import InputContainer, OutputContainer

from ortstyle.video.media.film_times import Span
from ortstyle.video.media.output_formats import FilmFormat

_NOT_KEPT = (
    *("BPS", "DURATION", "NUMBER_OF", "_STATISTICS", "ENCODER", "HANDLER_NAME"),
    *("ALPHA_MODE", "ROTATE", "TIMECODE"),
)
"""How the keys begin of what is true of the clip's own stream only."""

_OF_FILE = frozenset(("major_brand", "minor_version", "compatible_brands", "encoder", "duration"))


def stream_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags of a stream that stay true of its copy."""
    return {key: value for key, value in tags.items() if not key.upper().startswith(_NOT_KEPT)}


def film_tags(
    source: Mapping[str, str], given: Mapping[str, str], row: FilmFormat
) -> dict[str, str]:
    """Return the tags of a film: those of its clip, and those that are given.

    Parameters
    ----------
    source
        The clip's own.
    given
        Tags of the film, which replace the clip's.
    row
        The film's format. Where it holds certain keys only, others that are given are written as
        lines of its comment.
    """
    known = row.tag_keys
    tags = {key: value for key, value in source.items() if key.lower() not in _OF_FILE}
    if known is None:
        return {**tags, **given}
    tags = {key: value for key, value in tags.items() if key.lower() in known}
    tags |= {key: value for key, value in given.items() if key in known}
    rest = [f"{key}: {value}" for key, value in given.items() if key not in known]
    if rest:
        tags["comment"] = "\n".join([*filter(None, [tags.get("comment")]), *rest])
    return tags


def copy_chapters(source: InputContainer, target: OutputContainer, span: Span) -> None:
    """Copy the chapters of a clip that lie within its film."""
    chapters = []
    for chapter in source.chapters():
        unit = Fraction(chapter["time_base"] or 1)
        begins, ends = chapter["start"] * unit, chapter["end"] * unit
        if span.end is not None:
            ends = min(ends, span.end)
        begins = max(begins, span.origin)
        if ends > begins:
            start, end = (round((time - span.origin) / unit) for time in (begins, ends))
            chapters.append({**chapter, "start": start, "end": end})
    if chapters:
        target.set_chapters(chapters)  # type: ignore[arg-type]
