"""A film's file that is being written with PyAV: one stream of pictures, and what is copied."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ortstyle.pictures.pillow_guard import silent_libraries
from ortstyle.video.media.encoder_choice import EncoderChoice
from ortstyle.video.media.film_times import TimedFrame
from ortstyle.video.media.output_formats import FilmFormat
from ortstyle.video.media.packet_times import PacketTimes
from ortstyle.video.media.pixel_planes import to_planes
from ortstyle.video.media.scheduling import same_scheduling

_NARROW, _FULL = 1, 2  # FFmpeg's AVColorRange


@contextmanager
def open_film(path: Any, row: FilmFormat) -> Iterator[OutputContainer]:
    """Open a file or a file object for a film, and close it whatever happens.

    Raises
    ------
    av.FFmpegError
        It can't be written, or its end can't.
    """
    name = str(path) if isinstance(path, Path) else path
    container = av.open(name, "w", format=row.muxer, options=dict(row.options))
    try:
        yield container
    except BaseException:
        with suppress(Exception):  # the first error counts
            container.close()
        raise
    container.close()


def start(container: OutputContainer) -> None:
    """Open the encoder and write the file's head, once all streams are there.

    x265 and SVT-AV1 say what they do to standard error themselves.
    """
    with silent_libraries(), same_scheduling():
        container.start_encoding()


@dataclass(frozen=True, eq=False)
class PictureStream:
    """The pictures of a film: frames in, packets of its file out.

    Attributes
    ----------
    container
        The file.
    stream
        Its stream of pictures.
    choice
        How they are encoded.
    tick
        Seconds of the unit of times.
    times
        The times of its packets.
    """

    container: OutputContainer
    stream: VideoStream
    choice: EncoderChoice
    tick: Fraction
    times: PacketTimes

    @classmethod
    def add(
        cls,
        container: OutputContainer,
        choice: EncoderChoice,
        *,
        size: tuple[int, int],
        rate: Fraction,
        tick: Fraction,
        tags: Mapping[str, str],
        are_summed: bool = False,
    ) -> "PictureStream":
        """Add a stream of pictures to a file, with square pixels and the colours' tags.

        Parameters
        ----------
        container
            The file.
        choice
            How pictures are encoded.
        size
            Width and height in pixels.
        rate
            Average frames a second.
        tick
            Seconds of the unit of times.
        tags
            Tags of the stream, such as its language.
        are_summed
            As in `PacketTimes`.
        """
        rate = rate.limit_denominator(1_000_000)
        stream = container.add_stream(choice.encoder, rate=rate, options=dict(choice.options))
        assert isinstance(stream, VideoStream)  # noqa: S101  for mypy: encoders are of pictures
        stream.width, stream.height = size
        stream.pix_fmt = choice.pixel_format
        context, colors = stream.codec_context, choice.colors
        context.time_base = stream.time_base = tick
        context.sample_aspect_ratio = Fraction(1)
        context.color_primaries, context.color_trc = colors.primaries, colors.transfer
        context.colorspace = colors.matrix
        context.color_range = _FULL if colors.full_range else _NARROW
        if choice.tag:
            context.codec_tag = choice.tag
        stream.metadata.update(tags)
        return cls(container, stream, choice, tick, PacketTimes(are_summed=are_summed))

    def write(self, frame: TimedFrame) -> None:
        """Encode a frame, and write what the encoder gives out.

        Raises
        ------
        av.FFmpegError
            It can't be encoded or written.
        """
        colors = self.choice.colors
        planes = to_planes(
            frame.frame.pixels,
            self.choice.pixel_format,
            matrix=colors.matrix,
            full_range=bool(colors.full_range),
        )
        made = frame_of(planes, (self.stream.width, self.stream.height), self.choice.pixel_format)
        self.write_frame(made, frame)

    def write_frame(self, made: av.VideoFrame, frame: TimedFrame) -> None:
        """Encode a frame of the stream's pixel format; ``frame`` has its times."""
        colors = self.choice.colors
        made.color_primaries, made.color_trc = colors.primaries, colors.transfer
        made.colorspace = colors.matrix
        made.color_range = _FULL if colors.full_range else _NARROW
        made.pts, made.time_base = frame.start, self.tick
        self.times.note(frame)
        self._mux(made)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._mux(None)
        for packet in self.times.last():
            self.container.mux(packet)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        for packet in self.times.corrected(self.stream.encode(frame)):
            self.container.mux(packet)


def frame_of(planes: list[NDArray[Any]], size: tuple[int, int], pixel_format: str) -> av.VideoFrame:
    """Return FFmpeg's frame of the planes that `pixel_planes.to_planes` makes."""
    frame = av.VideoFrame(size[0], size[1], pixel_format)
    for plane, values in zip(frame.planes, planes, strict=True):
        rows = np.ascontiguousarray(values).view(np.uint8)
        room = np.frombuffer(memoryview(plane), np.uint8).reshape(len(rows), plane.line_size)
        room[:, : rows.shape[1]] = rows
        room[:, rows.shape[1] :] = 0
    return frame
