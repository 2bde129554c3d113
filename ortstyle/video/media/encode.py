"""Writing films: checked before the work, then written as a whole or not at all.

What needs PyAV is loaded when it is called, so that this module may be imported without.
"""

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.film_times import FilmFrame
from ortstyle.video.media.pyav import load_pyav

__all__ = ["FilmFrame", "check_output", "write_film"]

_NO_TAGS: Mapping[str, str] = MappingProxyType({})


def check_output(
    output: Path, clip: Clip, encoding: FilmEncoding, size: tuple[int, int]
) -> tuple[str, ...]:
    """Check before the work that a film can be written; write nothing that stays.

    Parameters
    ----------
    output
        The film's file, or for pictures a folder or a name such as ``name-%05d.png``.
    clip
        The clip that is painted.
    encoding
        How the film is encoded.
    size
        Width and height of its frames in pixels.

    Returns
    -------
    tuple of str
        Notices of what the file will lack, one line each.

    Raises
    ------
    OutputError
        The suffix names no format for films; it does not hold the codec, the quality or the size;
        PyAV has no encoder; the place can't be written.
    FilmError
        PyAV is not installed, or the clip can't be read.
    """
    load_pyav()
    from ortstyle.video.media import output_check  # noqa: PLC0415  loads PyAV

    return output_check.check(output, clip, encoding, size)


def write_film(
    output: Path,
    frames: Iterable[FilmFrame],
    clip: Clip,
    *,
    size: tuple[int, int],
    encoding: FilmEncoding,
    begin: Fraction | None = None,
    end: Fraction | None = None,
    progress: Callable[[int], object] | None = None,
    tags: Mapping[str, str] = _NO_TAGS,
) -> tuple[str, ...]:
    """Write a film so that ``output`` holds either all of it or what was there before.

    Its pictures are upright with square pixels, at the times that the frames have, in the colours
    of the clip, whose tags are written. Sound, subtitles, attachments, chapters and tags of the
    clip are copied without being encoded again, where the format allows it.

    Parameters
    ----------
    output, clip, encoding, size
        As in `check_output`.
    frames
        The frames by time, read once.
    begin, end
        The part of the clip that is painted, in seconds of its file; None for its beginning and
        end. What is copied is cut to it, and the film's times begin with its first frame.
    progress
        Called with the number of frames done after each.
    tags
        Tags of the film beside those of the clip. Where a format holds no such key, they are lines
        of the comment; in a PNG the tag "ortstyle" is the text that pictures of ortstyle have.

    Returns
    -------
    tuple of str
        Notices of what the file lacks, one line each.

    Raises
    ------
    OutputError
        The film can't be encoded or written; nothing is left behind.
    FilmError
        There are no frames, PyAV is not installed, or the clip can't be read any more.
    """
    load_pyav()
    from ortstyle.video.media import film_writer  # noqa: PLC0415  loads PyAV

    return film_writer.write(
        output,
        frames,
        clip,
        size=size,
        encoding=encoding,
        begin=begin,
        end=end,
        progress=progress,
        tags=tags,
    )
