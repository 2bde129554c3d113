"""The films of a batch: their clips, the suffixes of their files, and what each will take."""

from pathlib import Path

from ortstyle.errors import FilmError, OutputError
from ortstyle.jobs.film_preparation import check_film_output, film_order
from ortstyle.jobs.job import Job
from ortstyle.pictures.formats import find_format
from ortstyle.video.estimate import FilmEstimate, estimate_film
from ortstyle.video.media.clip import open_clip
from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.fitting import fitting_size
from ortstyle.video.media.output_formats import FORMATS, codecs_for
from ortstyle.video.motion.opencv import opencv
from ortstyle.video.preparation import expected_frames

_USUAL = (".mp4", ".mov", ".mkv")  # the first that holds the codec


def film_suffix(clip: Path, pattern: str, encoding: FilmEncoding) -> str:
    """Return the suffix of a film's file.

    It is that of the pattern if it is one of films alone; else that of the clip if such films can
    be written and hold the codec; else .mp4, or what holds the codec.
    """
    if pattern.lower() in FORMATS and not is_picture_suffix(pattern):
        return pattern
    own = clip.suffix.lower()
    for suffix in (*([own] if own in FORMATS else []), *_USUAL):
        row = FORMATS[suffix]
        if encoding.codec == "auto" or encoding.codec in row.codecs:
            return suffix
    return _USUAL[0]


def is_picture_suffix(suffix: str) -> bool:
    """Return whether pictures can be written with a suffix."""
    try:
        find_format(Path(f"a{suffix}"))
    except OutputError:
        return False
    return True


class FilmClips:
    """The clips of a batch: each is opened once, and what is wrong with it is known then."""

    def __init__(self) -> None:
        self._clips: dict[tuple[Path, int], Clip] = {}
        self._faults: dict[tuple[Path, int], str] = {}

    def open(self, path: Path, *, max_pixels: int) -> Clip:
        """Open a clip.

        Raises
        ------
        FilmError
            It is no film, or what films need is not installed.
        """
        key = path, max_pixels
        if key in self._faults:
            raise FilmError(self._faults[key])
        if key not in self._clips:
            try:
                opencv()
                self._clips[key] = open_clip(path, max_pixels=max_pixels)
            except FilmError as error:
                self._faults[key] = str(error)
                raise
        return self._clips[key]


def estimate_job(job: Job, clip: Clip) -> FilmEstimate | None:
    """Return what the job of a film will take; None where the clip does not tell its frames.

    Raises
    ------
    OrtStyleError
        The film can't be painted or written so.
    """
    order = film_order(job)
    check_film_output(job.output)
    codecs_for(job.output, order.encoding, bits=clip.bits)
    side = None if order.settings.size == "content" else order.settings.side
    size = fitting_size(clip, side, order.encoding, output=job.output)
    frames = expected_frames(clip, order.begin, order.end)
    if frames is None:
        return None
    return estimate_film(frames, size, order.settings, order.film, bits=clip.bits)
