"""Clips for tests of writing films, and what the films that were written hold, read with PyAV."""

from dataclasses import dataclass, replace
from fractions import Fraction

import films
import numpy as np
import pytest

from ortstyle.video.media.clip_record import Clip, OtherStream
from ortstyle.video.media.encode import FilmFrame

TAGS = (1, 1, 1, False)


def clip_of(path, **changes):
    """Return the record of a film, as far as writing one looks at it."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as file:
        video = file.streams.video[0]
        others = tuple(
            OtherStream(index=s.index, kind=s.type, codec=s.name or "")
            for s in file.streams
            if s.index != video.index
        )
        clip = Clip(
            path=path,
            kind="video",
            width=video.width,
            height=video.height,
            rate=Fraction(video.average_rate),
            time_base=Fraction(video.time_base),
            stream=video.index,
            others=others,
        )
    return replace(clip, **changes)


def plain_clip(path, **changes):
    """Return the record of a clip without other streams, whose file need not exist."""
    record = {"kind": "pictures", "width": 64, "height": 48, **changes}
    return Clip(path=path, **record)


def frames_at(times, size=films.SIZE, *, depth=8, duration=None):
    """Return frames at times in seconds; the last one lasts for ``duration``."""
    made = [
        FilmFrame(Fraction(time), None, films.frame(k, size, depth=depth))
        for k, time in enumerate(times)
    ]
    made[-1] = replace(made[-1], duration=duration)
    return made


@dataclass(frozen=True)
class Stream:
    """What a stream of a written film holds: exact times of packets and their sum."""

    kind: str
    codec: str
    times: list[Fraction]
    end: Fraction
    data: list[bytes]


@dataclass(frozen=True)
class Written:
    """What a written film holds."""

    times: list[Fraction]
    frames: list[np.ndarray]
    streams: list[Stream]
    chapters: list[tuple[Fraction, Fraction, str]]
    tags: dict[str, str]

    def stream(self, kind):
        """Return the only stream of a kind."""
        (found,) = (s for s in self.streams if s.kind == kind and s.codec)
        return found


def read(path, pixel_format="rgb24"):
    """Return what a film holds; frames as ``(H, W, 3)``, or planes of another format."""
    av = pytest.importorskip("av")
    with av.open(str(path)) as file:
        decoded = list(file.decode(file.streams.video[0]))
        chapters = [
            (c["start"] * c["time_base"], c["end"] * c["time_base"], c["metadata"].get("title"))
            for c in file.chapters()
        ]
        tags = dict(file.metadata)
    return Written(
        times=[frame.pts * Fraction(frame.time_base) for frame in decoded],
        frames=[frame.to_ndarray(format=pixel_format) for frame in decoded],
        streams=_streams(av, path),
        chapters=chapters,
        tags=tags,
    )


def _streams(av, path):
    with av.open(str(path)) as file:
        packets = {stream.index: [] for stream in file.streams}
        for packet in file.demux():
            if packet.pts is not None:
                packets[packet.stream_index].append(packet)
        return [_stream(stream, packets[stream.index]) for stream in file.streams]


def _stream(stream, packets):
    spans = sorted(
        (p.pts * Fraction(p.time_base), (p.pts + (p.duration or 0)) * Fraction(p.time_base))
        for p in packets
    )
    return Stream(
        kind=stream.type,
        codec=stream.codec_context.name if stream.codec_context else "",
        times=[begin for begin, _ in spans],
        end=max((end for _, end in spans), default=Fraction(0)),
        data=[bytes(p) for p in packets],
    )
