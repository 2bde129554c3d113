"""Which streams a film takes over from its clip: sound, subtitles and attachments.

What the new film's format can't hold is left out, and said. `copied_streams` copies the rest.
"""

import io
from collections.abc import Iterator, Sequence

import av
from av.container import InputContainer
from av.stream import Stream

from ortstyle.errors import FilmError
from ortstyle.files import follow_links, reason_of
from ortstyle.video.media.clip_record import Clip, OtherStream
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_formats import FilmFormat
from ortstyle.video.media.video_file import guarded_options

WORDS = {
    "audio": "sound",
    "subtitle": "subtitles",
    "attachment": "attachments",
    "video": "further pictures",
    "data": "data",
}
_CHAPTERS = "bin_data"  # the codec as which MP4's chapters show beside the chapters themselves


def open_source(clip: Clip) -> InputContainer:
    """Open a clip's file for copying.

    Raises
    ------
    FilmError
        It can't be opened any more.
    """
    try:
        return av.open(
            str(follow_links(clip.path)), "r", container_options=guarded_options(protocol="file")
        )
    except (OSError, av.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or reason_of(error)
        raise FilmError(
            f"film {clip.path} can't be read again ({reason}); put it back, or leave out its sound "
            "with --no-audio"
        ) from error


def choose_streams(
    clip: Clip, encoding: FilmEncoding, row: FilmFormat, *, suffix: str
) -> tuple[tuple[OtherStream, ...], tuple[str, ...]]:
    """Return the streams of a clip that its film takes over, and a notice of each that it doesn't.

    Parameters
    ----------
    clip
        The clip.
    encoding
        Whether the film has sound.
    row
        The film's format.
    suffix
        The suffix of its file, for notices.
    """
    wanted = [
        other
        for other in clip.others
        if (encoding.audio or other.kind != "audio") and other.codec != _CHAPTERS
    ]
    if not wanted or clip.kind != "video":
        return (), ()
    if row.kind != "film":
        what = suffix if row.kind == "animation" else "a film of pictures"
        audible = any(other.kind == "audio" for other in wanted)
        return (), ((f"{what} holds no sound",) if audible else ())
    with open_source(clip) as source:
        kept = tuple(
            other
            for other in wanted
            if other.kind in {"audio", "subtitle", "attachment"}
            and _is_held(source.streams[other.index], row)
        )
    lost = [other for other in wanted if other not in kept]
    return kept, tuple(_notices(lost, suffix))


def _is_held(stream: Stream, row: FilmFormat) -> bool:
    """Return whether a format holds a stream, after writing the head of a file with it alone."""
    try:
        with av.open(io.BytesIO(), "w", format=row.muxer) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
            return True
    except Exception:  # noqa: BLE001  PyAV says no with errors of many kinds
        return False


def _notices(lost: Sequence[OtherStream], suffix: str) -> Iterator[str]:
    by_kind: dict[str, list[str]] = {}
    for other in lost:
        by_kind.setdefault(other.kind, []).append(other.codec or "an unknown codec")
    for kind, codecs in by_kind.items():
        names = ", ".join(dict.fromkeys(codecs))
        hint = "; .mkv may hold them" if suffix != ".mkv" and kind != "data" else ""
        yield f"{suffix} can't hold the clip's {WORDS[kind]} ({names}), left out{hint}"
