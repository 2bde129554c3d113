"""The formats of films that can be written: one row each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from ortstyle.errors import OutputError
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.video_codecs import CODECS, Codec


@dataclass(frozen=True, kw_only=True)
class FilmFormat:
    """A kind of file that holds a film.

    Attributes
    ----------
    suffixes
        The suffixes of such files; the first is the usual one.
    kind
        "film" with other streams, "animation" of pictures only, or "pictures": a file each.
    muxer
        FFmpeg's name of the format; empty if something else writes it.
    codecs
        Names of the codecs that it may hold.
    auto
        What ``--codec auto`` means: the codec for clips of 8 bits, and that for more.
    options
        FFmpeg's options of the muxer.
    codec_tags
        The tag of a codec by its name, where players do not know FFmpeg's own choice.
    hides_early
        Whether its edit lists say that what comes before time 0 is not to be shown.
    tag_keys
        The only keys of tags that it holds; None for any.
    finest
        The shortest time that a frame is shown, in seconds; 0 for any.
    """

    suffixes: tuple[str, ...]
    kind: Literal["film", "animation", "pictures"] = "film"
    muxer: str = ""
    codecs: tuple[str, ...] = ()
    auto: tuple[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    codec_tags: Mapping[str, str] = field(default_factory=dict)
    hides_early: bool = False
    tag_keys: frozenset[str] | None = None
    finest: Fraction = Fraction(0)


#: Keys of tags for which MP4 has an atom; see FFmpeg's movenc.c.
_MP4_TAGS = frozenset(
    (
        *("title", "artist", "album_artist", "composer", "album", "date", "comment", "genre"),
        *("copyright", "description", "grouping", "synopsis", "lyrics"),
        *("show", "episode_id", "network"),
    )
)

_FORMAT_ROWS = (
    FilmFormat(
        suffixes=(".mp4", ".m4v"),
        muxer="mp4",
        codecs=("h264", "hevc", "av1", "vp9"),
        auto=("h264", "hevc"),  # few players show H.264 of 10 bits
        options={"movflags": "+faststart"},
        hides_early=True,
        codec_tags={"hevc": "hvc1"},  # QuickTime and Safari play no hev1
        tag_keys=_MP4_TAGS,
    ),
    FilmFormat(
        suffixes=(".mov",),
        muxer="mov",
        codecs=("h264", "hevc", "prores"),
        auto=("h264", "hevc"),
        options={"movflags": "+faststart+use_metadata_tags"},
        hides_early=True,
        codec_tags={"hevc": "hvc1"},
    ),
    FilmFormat(
        suffixes=(".mkv",),
        muxer="matroska",
        codecs=("h264", "hevc", "av1", "vp9", "prores", "ffv1"),
        auto=("h264", "hevc"),
    ),
    FilmFormat(suffixes=(".webm",), muxer="webm", codecs=("vp9", "av1"), auto=("vp9", "av1")),
    FilmFormat(
        suffixes=(".gif",),
        kind="animation",
        muxer="gif",
        auto=("gif", "gif"),
        options={"loop": "0"},
        finest=Fraction(1, 50),  # browsers show what is shorter for a tenth of a second
    ),
    FilmFormat(
        suffixes=(".apng",),
        kind="animation",
        muxer="apng",
        auto=("apng", "apng"),
        options={"plays": "0"},
    ),
    FilmFormat(suffixes=(".webp",), kind="animation", auto=("webp", "webp")),
)
FORMATS = {suffix: row for row in _FORMAT_ROWS for suffix in row.suffixes}
"""The formats by suffix."""

PICTURES = FilmFormat(suffixes=(".png",), kind="pictures", auto=("png", "png"))
"""A file for each frame."""


def names_pictures(output: Path) -> bool:
    """Return whether a film of this name is written as pictures; see `format_of`."""
    suffix = output.suffix.lower()
    return output.is_dir() or suffix in {"", "."} or (suffix == ".png" and "%" in output.name)


def format_of(output: Path) -> FilmFormat:
    """Return the format of a film's file, which its suffix names.

    A folder, a path without suffix, and a name with a number, such as ``name-%05d.png``, are for a
    picture each frame.

    Raises
    ------
    OutputError
        The suffix names no format for films.
    """
    suffix = output.suffix.lower()
    if names_pictures(output):
        return PICTURES
    if found := FORMATS.get(suffix):
        return found
    if suffix == ".png":
        raise OutputError(
            f"output {output} is one picture; for a film of PNGs write {output.stem}-%05d.png or "
            f"the name of a folder, or {output.with_suffix('.apng').name} for an animation"
        )
    known = ", ".join(row.suffixes[0] for row in _FORMAT_ROWS)
    raise OutputError(f"output {output}: no film can be written as {suffix}; use one of {known}")


def codecs_for(output: Path, encoding: FilmEncoding, *, bits: int = 8) -> tuple[Codec, ...]:
    """Return the codecs that a film may be written with, the first choice first.

    Parameters
    ----------
    output
        The file.
    encoding
        How the film is to be encoded.
    bits
        Bits of a sample of the clip.

    Raises
    ------
    OutputError
        The format does not hold the codec, or its quality is out of the codec's range.
    """
    row, name = format_of(output), encoding.codec
    if name == "auto":
        names = dict.fromkeys(row.auto if bits <= 8 else reversed(row.auto))
        found = tuple(CODECS[known] for known in names)
    elif name in row.codecs:
        found = (CODECS[name],)
    else:
        raise _not_held(output, name, row)
    _check_quality(found[0], encoding.quality)
    return found


def _not_held(output: Path, name: str, row: FilmFormat) -> OutputError:
    if row.kind != "film":
        shown = output.suffix if row.kind == "animation" else "a folder of pictures"
        return OutputError(f"--codec {name}: {shown} has no codec to choose; leave it out")
    others = [other.suffixes[0] for other in _FORMAT_ROWS if name in other.codecs]
    return OutputError(
        f"--codec {name}: {output.suffix} does not hold {CODECS[name].title}; choose from "
        f"{', '.join(row.codecs)}, or write {' or '.join(others)}"
    )


def _check_quality(codec: Codec, value: int | None) -> None:
    if value is None:
        return
    if codec.quality is None:
        raise OutputError(f"--quality: {codec.title} has no quality to choose; leave it out")
    least, most = codec.quality.least, codec.quality.most
    if not least <= value <= most:
        raise OutputError(f"--quality {value}: {codec.title} takes {least} to {most}")
