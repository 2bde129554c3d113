"""The size of a painted film: what the user asked for, as near as the codec can hold it."""

from pathlib import Path

from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.output_formats import codecs_for
from ortstyle.video.media.video_codecs import CODECS, Codec

_STEPS = {"yuv420p": (2, 2), "yuv422p": (2, 1)}


def steps_of(pixel_format: str) -> tuple[int, int]:
    """Return what width and height of a pixel format must be multiples of."""
    return next((steps for name, steps in _STEPS.items() if pixel_format.startswith(name)), (1, 1))


def fitting_size(
    clip: Clip, side: int | None, encoding: FilmEncoding, *, output: Path | None = None
) -> tuple[int, int]:
    """Return the width and height in which a clip is to be painted.

    Parameters
    ----------
    clip
        The clip, whose shape the size keeps as nearly as whole pixels allow.
    side
        The longest side in pixels; None for the clip's own size.
    encoding
        How the film will be encoded. Most codecs halve the resolution of colours, and therefore
        take even sizes only.
    output
        The file, if it is known: GIF, WebP and pictures have any size.

    Raises
    ------
    SettingsError
        ``side`` is less than 1.
    OutputError
        The output's format does not exist, or does not hold the codec.
    """
    size = (clip.width, clip.height)
    width, height = size if side is None else scaled_size(size, side)
    across, down = _steps(_codecs(encoding, output))
    return max(across, width - width % across), max(down, height - height % down)


def _codecs(encoding: FilmEncoding, output: Path | None) -> tuple[Codec, ...]:
    if output:
        return codecs_for(output, encoding)
    return (CODECS["h264" if encoding.codec == "auto" else encoding.codec],)


def _steps(codecs: tuple[Codec, ...]) -> tuple[int, int]:
    """Return what width and height must be multiples of, whichever codec is chosen."""
    steps = [steps_of(name) for codec in codecs for name in codec.pixel_formats.values()]
    return max(across for across, _ in steps), max(down for _, down in steps)
