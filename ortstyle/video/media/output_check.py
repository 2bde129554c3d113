"""Checks of a film's output before the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from ortstyle.errors import OrtStyleError, OutputError
from ortstyle.files import check_ordinary, check_writable, reason_of, same_file
from ortstyle.pictures.pillow_guard import silent_libraries
from ortstyle.video.media.clip_record import Clip
from ortstyle.video.media.encoder_choice import EncoderChoice, choose_encoder
from ortstyle.video.media.encoding import FilmEncoding
from ortstyle.video.media.fitting import steps_of
from ortstyle.video.media.other_streams import choose_streams
from ortstyle.video.media.output_formats import PICTURES, FilmFormat, format_of
from ortstyle.video.media.picture_sequence import check_pictures
from ortstyle.video.media.scheduling import same_scheduling


def check(
    output: Path, clip: Clip, encoding: FilmEncoding, size: tuple[int, int]
) -> tuple[str, ...]:
    """Check that a film can be written; see `encode.check_output`."""
    row = format_of(output)
    choice = choose_encoder(output, clip, encoding)
    with film_errors(output):
        if row is PICTURES:
            check_pictures(output)
        elif same_file(output, clip.path):
            raise OutputError(f"output {output} is the clip itself; choose another name")
        else:
            check_ordinary(output, option="output")
            check_writable(output, lambda file: file.write(b""), option="output")
    check_size(output, choice, size)
    _, notices = choose_streams(clip, encoding, row, suffix=output.suffix)
    return (*notices, *_describe(output, clip, choice, row))


@contextmanager
def film_errors(output: Path) -> Iterator[None]:
    """Turn the errors of PyAV and of the system into an `OutputError` of one line."""
    try:
        yield
    except OrtStyleError:
        raise
    except (OSError, av.FFmpegError) as error:
        reason = getattr(error, "strerror", None) or reason_of(error)
        raise OutputError(
            f"output {output} can't be written ({reason}); choose another place with -o"
        ) from error


def check_size(output: Path, choice: EncoderChoice, size: tuple[int, int]) -> None:
    """Check that a film of a width and height can be encoded, by opening the encoder for it.

    Raises
    ------
    OutputError
        It can't.
    """
    shown, title = f"{size[0]}×{size[1]}", choice.codec.title
    if min(size) < 1 or any(n % step for n, step in zip(size, _steps(choice), strict=True)):
        raise OutputError(f"output {output}: {title} takes even sizes, not {shown}")
    if choice.codec.most_side and max(size) > choice.codec.most_side:
        raise OutputError(
            f"output {output}: {title} holds at most {choice.codec.most_side} pixels a side, not "
            f"{shown}; give a smaller --size"
        )
    if not choice.encoder:
        return
    context = av.CodecContext.create(choice.encoder, "w")
    assert isinstance(context, VideoCodecContext)  # noqa: S101  for mypy
    context.width, context.height = size
    context.pix_fmt = choice.pixel_format
    context.time_base, context.framerate = Fraction(1, 25), Fraction(25)
    context.options = {**choice.options}
    try:
        with silent_libraries(), same_scheduling():
            context.open()
    except av.FFmpegError as error:
        raise OutputError(
            f"output {output}: {choice.encoder} can't encode {title} of {shown} "
            f"({error.strerror}); choose another --size or --codec"
        ) from error


def _steps(choice: EncoderChoice) -> tuple[int, int]:
    return steps_of(choice.pixel_format)


def _describe(output: Path, clip: Clip, choice: EncoderChoice, row: FilmFormat) -> Iterator[str]:
    """Yield a notice of each thing that the pictures of the film lack."""
    if choice.bits < clip.bits:
        yield (
            f"the clip has {clip.bits} bits a colour, and {choice.codec.title} from this PyAV "
            f"{choice.bits}"
        )
    if row.finest and clip.rate > 1 / row.finest:
        yield f"{output.suffix} shows at most {1 / row.finest} frames a second; some are left out"
    if row is PICTURES:
        yield f"pictures hold no times: show {float(clip.rate):.6g} a second"
