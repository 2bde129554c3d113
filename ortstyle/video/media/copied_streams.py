"""Streams of a clip that its film takes over, copied packet by packet without being decoded."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream

from ortstyle.video.media.clip_record import OtherStream
from ortstyle.video.media.film_tags import stream_tags
from ortstyle.video.media.film_times import Span
from ortstyle.video.media.other_streams import WORDS

if TYPE_CHECKING:
    from av.packet import Packet

_LATE = 30  # seconds after its end when a cut film's packets are no longer looked for


class CopiedStreams:
    """Streams that are copied packet by packet, in step with the pictures.

    Parameters
    ----------
    source
        The clip's file, opened for this; None if nothing is copied.
    target
        The film's file, whose head is not written yet.
    streams
        What to copy.
    """

    def __init__(
        self,
        source: InputContainer | None,
        target: OutputContainer,
        streams: Sequence[OtherStream],
    ) -> None:
        self._source, self._target = source, target
        self._templates: list[Stream] = []
        self._outputs: dict[int, Stream] = {}
        for other, template in _with_templates(source, streams):
            copy = target.add_stream_from_template(template)
            copy.metadata.update(stream_tags(template.metadata))
            copy.disposition = template.disposition.value  # type: ignore[assignment]  # PyAV 17 takes numbers
            if other.kind != "attachment":
                self._templates.append(template)
                self._outputs[other.index] = copy
        self._kinds = {other.index: other.kind for other in streams}
        self._reached: dict[int, int] = {}
        self._broken: dict[str, str] = {}
        self._packets: Iterator[tuple[Fraction, int, Packet[Any]]] = iter(())
        self._next: tuple[Fraction, int, Packet[Any]] | None = None

    def earliest(self) -> Fraction | None:
        """Return the earliest time of the streams, in seconds of the source; None if unknown."""
        times = [
            stream.start_time * Fraction(stream.time_base)
            for stream in self._templates
            if stream.start_time is not None and stream.time_base
        ]
        return min(times, default=None)

    @property
    def notices(self) -> tuple[str, ...]:
        """What could not be copied to its end, one line each."""
        return tuple(
            f"the clip's {what} could not be copied to the end ({reason})"
            for what, reason in self._broken.items()
        )

    def begin(self, span: Span) -> None:
        """Copy the packets of a part of the source from now on."""
        self._packets = self._read(span)
        self._advance()

    def write_until(self, time: Fraction | None) -> None:
        """Write the packets up to a time of the film in seconds; None for all.

        Damage in the source costs what it has, not the film.

        Raises
        ------
        OSError
            The film's file can't be written.
        """
        while self._next and (time is None or self._next[0] <= time):
            _, index, packet = self._next
            try:
                self._target.mux(packet)
            except av.FFmpegError as error:
                if isinstance(error, OSError):
                    raise
                self._give_up(index, error)
            self._advance()

    def _advance(self) -> None:
        try:
            self._next = next(self._packets, None)
        except (OSError, av.FFmpegError) as error:
            self._next = None
            for index in tuple(self._outputs):
                self._give_up(index, error)

    def _give_up(self, index: int, error: Exception) -> None:
        del self._outputs[index]
        self._broken[WORDS[self._kinds[index]]] = getattr(error, "strerror", None) or str(error)

    def _read(self, span: Span) -> "Iterator[tuple[Fraction, int, Packet[Any]]]":
        """Yield packets with their times in the film and the indices of their streams."""
        if self._source is None or not self._templates:
            return
        for packet in self._source.demux(self._templates):
            index = packet.stream_index
            if index not in self._outputs or (packet.dts is None and packet.pts is None):
                continue  # it was given up, or this is its end
            time_base = Fraction(packet.time_base)
            reached = _first(packet.dts, packet.pts) * time_base
            if span.end is not None and reached > span.end + _LATE:
                return
            if _is_gap(packet):
                continue
            hides = span.hides_early or (not span.is_cut and self._is_padded(packet.stream))
            if _move(packet, time_base, span, hides_early=hides):
                self._put_in_order(packet, index)
                packet.stream = self._outputs[index]
                yield _first(packet.dts, packet.pts) * time_base, index, packet

    def _put_in_order(self, packet: "Packet[Any]", index: int) -> None:
        """Let a packet be decoded later than the one before it, as files of Ogg do not say."""
        dts, before = _first(packet.dts, packet.pts), self._reached.get(index)
        if before is not None and dts <= before:
            dts = before + 1
            packet.dts = dts
            packet.pts = None if packet.pts is None else max(packet.pts, dts)
        self._reached[index] = dts

    def _is_padded(self, template: Stream) -> bool:
        """Return whether Matroska says how much of the beginning of a stream is not to be heard.

        PyAV does not tell what FFmpeg knows of it: Matroska's own streams have it, and Opus has.
        """
        if self._source is None or self._target.format.name not in {"matroska", "webm"}:
            return False
        return "matroska" in self._source.format.name or template.codec_context.name == "opus"


def _is_gap(packet: "Packet[Any]") -> bool:
    """Return whether a packet is the silence between subtitles of MP4, which FFmpeg adds itself."""
    stream = packet.stream
    return stream.type == "subtitle" and stream.codec_context.name == "mov_text" and packet.size < 3


def _with_templates(
    source: InputContainer | None, streams: Sequence[OtherStream]
) -> Iterator[tuple[OtherStream, Stream]]:
    if source is not None:
        for other in streams:
            yield other, source.streams[other.index]


def _first(*numbers: int | None) -> int:
    return next(number for number in numbers if number is not None)


def _move(packet: "Packet[Any]", time_base: Fraction, span: Span, *, hides_early: bool) -> bool:
    """Shift a packet to its time in the film; return whether it belongs to it.

    Subtitles that stand when the film begins or ends are shortened. Sound that begins earlier than
    the film belongs to it where the file says how much of it is not to be heard: it is what its
    decoder starts with.
    """
    begins = _first(packet.pts, packet.dts) * time_base
    lasts = (packet.duration or 0) * time_base
    if span.end is not None and begins >= span.end:
        return False
    skipped = max(span.origin - begins, Fraction(0))
    if packet.stream.type == "subtitle" and lasts > 0:
        if lasts <= skipped:
            return False
        ends = begins + lasts if span.end is None else min(begins + lasts, span.end)
        begins += skipped
        packet.duration = max(1, round((ends - begins) / time_base))
        packet.pts = packet.dts = round((begins - span.origin) / time_base)
        return True
    if skipped and not (hides_early and (not span.is_cut or lasts > skipped)):
        return False
    offset = round(span.origin / time_base)
    packet.pts = None if packet.pts is None else packet.pts - offset
    packet.dts = None if packet.dts is None else packet.dts - offset
    return True
