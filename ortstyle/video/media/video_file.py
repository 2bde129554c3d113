"""A film's file, opened by FFmpeg so that nothing else is opened: no playlist, no address."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ortstyle.errors import FilmError
from ortstyle.files import reason_of
from ortstyle.video.media.pyav import load_pyav, pyav_version

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_FORMATS = (
    *("mov", "mp4", "m4a", "3gp", "3g2", "mj2", "matroska", "webm", "avi", "mpegts", "mpeg"),
    *("asf", "flv", "live_flv", "ogg", "nut", "mxf", "gxf", "rm", "dv", "ivf", "wtv", "nsv", "nuv"),
    *("yuv4mpegpipe", "h264", "hevc", "vvc", "av1", "obu", "m4v", "mpegvideo", "vc1", "vc1test"),
    *("h261", "h263", "dirac", "cavsvideo", "amv", "swf", "flic", "roq", "smk", "bink", "pva"),
    *("mp3", "wav", "flac", "aac"),  # so that it can be said that they have no pictures
)
"""FFmpeg's demuxers of single files; those of playlists, addresses and pictures are not among them.

A demuxer that is not listed is never given the file's bytes but to recognise them.
"""

_DEFAULT, _NO_FILMS = 0x1, 0x400 | 0x800 | 0x100000  # a cover, thumbnails, a still picture
_WITHOUT_ENCODINGS = 19  # the version of PyAV from which tags that are no text are no errors
_OPENING_SECONDS = 300
_PADDING = 1 << 16  # pixels: decoders round small frames up to whole blocks
_BUFFER = 1 << 18


@dataclass(frozen=True, eq=False)
class VideoFile:
    """A film that is open.

    Attributes
    ----------
    container
        PyAV's container.
    stream
        The stream that is painted.
    """

    container: "InputContainer"
    stream: "VideoStream"


class _Snapshot:
    """A file that ends where it ended when it was opened, although more may be written to it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = os.fstat(self._file.fileno()).st_size
        suffix = path.suffix if path.suffix.isascii() else ""
        self.name = f"film{suffix}"  # which FFmpeg guesses by

    def read(self, count: int) -> bytes:
        """Return up to ``count`` bytes, none at the end."""
        return self._file.read(max(0, min(count, self._size - self._file.tell())))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte, and return its number; −1 if there can be none."""
        begin = {os.SEEK_END: self._size, os.SEEK_CUR: self._file.tell()}.get(whence, 0)
        # PyAV prints some errors that are raised here.
        return self._file.seek(begin + offset) if begin + offset >= 0 else -1

    def tell(self) -> int:
        """Return the number of the byte that is read next."""
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def open_video(path: Path, *, max_pixels: int, index: int | None = None) -> Iterator[VideoFile]:
    """Open a film within the context.

    Parameters
    ----------
    path
        A file.
    max_pixels
        Largest number of pixels of a frame.
    index
        The stream to read; None for the best one: not a cover picture, can be decoded, the default
        one, the one with most pixels.

    Raises
    ------
    FilmError
        The file can't be read, is no film, has no pictures, or can't be decoded.
    """
    av, label = load_pyav(), f"film {path}"
    try:
        file = _Snapshot(path)
    except OSError as error:
        raise FilmError(f"{label} can't be read ({reason_of(error)}); check the path") from error
    try:
        container = _open_container(av, file, label)
        with container:
            stream = _choose(container, label) if index is None else _find(container, label, index)
            _check(stream, label, max_pixels=max_pixels)
            stream.codec_context.options = {"max_pixels": str(2 * max_pixels + _PADDING)}
            stream.codec_context.thread_count = 1  # several mend damaged frames at random
            yield VideoFile(container, stream)
    finally:
        file.close()


def _open_container(av: Any, file: _Snapshot, label: str) -> "InputContainer":
    try:
        container: InputContainer = av.open(
            file,
            "r",
            container_options=guarded_options(protocol="none"),
            **({} if pyav_version() >= _WITHOUT_ENCODINGS else {"metadata_errors": "replace"}),
            buffer_size=_BUFFER,
            timeout=(_OPENING_SECONDS, None),
            io_open=_refuse_to_open,
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if getattr(error, "errno", 0) == errno.EINVAL:  # it is not in the list of formats
            raise FilmError(f"{label} is no film of a known format; convert it to MP4") from error
        raise FilmError(
            f"{label} is no film, or its beginning or end is missing ({describe(error)}); "
            "get a fresh copy"
        ) from error
    return container


def guarded_options(*, protocol: str) -> dict[str, str]:
    """Return the options of a container that reads known formats of films and nothing else.

    Playlists and the like, which name other files, are not among them.
    """
    return {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": protocol}


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> Any:
    raise PermissionError(f"a film may not open {url} ({flags}, {len(options)} options)")


def describe(error: BaseException) -> str:
    """Return FFmpeg's reason in one line, without numbers and names."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).lower()


def is_cover(stream: Any) -> bool:
    """Return whether a video stream is a cover picture or holds thumbnails."""
    return bool(_disposition(stream) & _NO_FILMS)


def _disposition(stream: Any) -> int:
    """Return FFmpeg's flags of what a stream is for, of which PyAV's versions have types."""
    found = stream.disposition
    return int(getattr(found, "value", found))


def _choose(container: "InputContainer", label: str) -> "VideoStream":
    found = [stream for stream in container.streams.video if not is_cover(stream)]
    if not found:
        if container.streams.video or container.streams.audio:
            raise FilmError(f"{label} holds sound alone, no moving pictures; name a film")
        raise FilmError(f"{label} holds no moving pictures; name a film")

    def rank(stream: "VideoStream") -> tuple[bool, bool, int]:
        context = stream.codec_context
        pixels = context.width * context.height if context else 0
        return context is not None, bool(_disposition(stream) & _DEFAULT), pixels

    return max(found, key=rank)  # the first of equals


def _find(container: "InputContainer", label: str, index: int) -> "VideoStream":
    for stream in container.streams.video:
        if stream.index == index:
            return stream
    raise FilmError(f"{label} is another film than before; paint it anew")


def _check(stream: Any, label: str, *, max_pixels: int) -> None:
    if stream.codec_context is None:
        raise FilmError(
            f"{label} needs a decoder that this PyAV does not have; convert it to H.264 in MP4"
        )
    check_size(stream.codec_context, label, max_pixels=max_pixels)


def check_size(sized: Any, label: str, *, max_pixels: int) -> None:
    """Raise a `FilmError` if the width and height of a frame or decoder are those of no film."""
    if sized.width * sized.height > max_pixels:
        raise FilmError(
            f"{label} is {sized.width}×{sized.height}, more than {max_pixels} pixels a frame; if "
            "you trust it, raise --max-pixels"
        )
