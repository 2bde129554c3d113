"""The frames of a film's file, decoded one after another, and what is wrong with them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ortstyle.errors import FilmError
from ortstyle.video.media.clip_record import Clip, SourceFrame
from ortstyle.video.media.frame_clock import FrameClock
from ortstyle.video.media.frame_colors import FrameConverter
from ortstyle.video.media.orientation import orientation_of
from ortstyle.video.media.pyav import fraction_of, load_pyav
from ortstyle.video.media.video_file import VideoFile, check_size, describe, open_video

_EARLIER = (Fraction(0), Fraction(5))
"""Seconds before the first frame that is wanted at which a keyframe is looked for."""

_UNSEEKABLE = frozenset({"mpeg"})
"""FFmpeg's demuxers that give the first frame after a seek a time of another frame.

In a program stream times are those of packs, which may begin with the rest of an earlier frame.
"""

_MISSING = Fraction(1, 20)
_SOUND_MORE = Fraction(1, 4)  # seconds; a container lasts as long as its longest stream
"""The part of a film that may be missing at its end before anything is said."""


@dataclass
class Damage:
    """What went wrong while a film was decoded.

    Attributes
    ----------
    packets
        How many pieces of the film could not be decoded.
    reason
        Why, of the last one.
    ending
        Why the file could not be read further; empty if its end was reached.
    """

    packets: int = 0
    reason: str = ""
    ending: str = ""


def decode(file: VideoFile, damage: Damage) -> Iterator[Any]:
    """Yield the frames of PyAV that can be decoded, in the order in which they are shown."""
    errors = (load_pyav().error.FFmpegError, OSError)
    packets = file.container.demux(file.stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except IndexError:  # PyAV takes no packet of a stream that appears only now
            packets = file.container.demux(file.stream)
            continue
        except errors as error:
            damage.ending = describe(error)
            break
        try:
            frames = packet.decode()
        except errors as error:
            damage.packets, damage.reason = damage.packets + 1, describe(error)
            continue
        yield from frames
    try:
        yield from file.stream.decode(None)  # those that the decoder holds back
    except errors as error:
        damage.reason = describe(error)


@dataclass
class VideoReading:
    """One reading of a film.

    Attributes
    ----------
    clip
        The film.
    size
        Width and height of the frames, upright.
    begin, end
        The times, by the file's clock, of the first frame and of the first one that is left out.
    known
        The time before which frames are decoded, but not given; see `decode.read_frames`.
    notices
        What the user should know, once the last frame was read.
    """

    clip: Clip
    size: tuple[int, int]
    begin: Fraction | None = None
    end: Fraction | None = None
    known: Fraction | None = None
    notices: list[str] = field(default_factory=list)
    _damage: Damage = field(default_factory=Damage)
    _sizes: set[tuple[int, int]] = field(default_factory=set)

    def frames(self) -> Iterator[SourceFrame]:
        """Yield the frames.

        Raises
        ------
        FilmError
            The file can't be read any more, or nothing of it can be decoded.
        """
        clip = self.clip
        before = _state(clip)
        clock = FrameClock(clip.time_base, 1 / clip.rate)
        count, last, step, converter, is_cut = 0, clip.start, 1 / clip.rate, None, False
        for frame in self._decoded():
            time, duration = clock.read(frame)
            step = time - last if count else step
            count, last = count + 1, time
            if self.end is not None and time >= self.end:
                is_cut = True
                break
            if self.begin is not None and time < self.begin:
                continue
            if self.known is not None and time < self.known:
                continue
            check_size(frame, f"film {clip.path}", max_pixels=clip.max_pixels)
            self._sizes.add((frame.width, frame.height))
            turn = orientation_of(frame)
            if converter is None:
                converter = FrameConverter(
                    clip.colors.resolve(frame.height),
                    turn.sides(self.size),
                    depth=8 if clip.bits == 8 else 16,
                )
            yield SourceFrame(time, duration, turn.upright(converter.convert(frame)))
        if not count:
            raise FilmError(f"nothing of film {clip.path} can be decoded; get a fresh copy")
        self._tell_damage(clock.mended)
        if not is_cut:
            self._tell_end(count, last - clip.start, step)
        if _state(clip) != before:
            self._say("changed while it was read; what it held at the beginning is painted")

    def _decoded(self) -> Iterator[Any]:
        """Yield the frames of PyAV from a keyframe before the beginning on."""
        clip = self.clip
        for earlier in _EARLIER if self._may_seek else ():
            with open_video(clip.path, max_pixels=clip.max_pixels, index=clip.stream) as file:
                begin = (self.begin or Fraction(0)) - earlier
                damage = Damage()
                frames = _seek(file, begin, damage)
                first = next(frames, None)
                if first is not None and self._is_before(first):
                    self._damage = damage
                    yield first
                    yield from frames
                    return
        with open_video(clip.path, max_pixels=clip.max_pixels, index=clip.stream) as file:
            yield from decode(file, self._damage)

    @property
    def _may_seek(self) -> bool:
        return self.begin is not None and self.begin > self.clip.start

    def _is_before(self, frame: Any) -> bool:
        """Return whether a decoded frame is a keyframe from which the first one is reached."""
        if self.begin is None or frame.pts is None or not frame.key_frame:
            return False
        unit = fraction_of(frame.time_base) or self.clip.time_base
        return bool(frame.pts * unit <= self.begin)

    def _tell_damage(self, mended: int) -> None:
        if packets := self._damage.packets:
            self._say(
                f"is damaged: {packets} of its packets can't be decoded ({self._damage.reason}), "
                "and are left out"
            )
        if mended:
            self._say(
                f"gives {mended} frames no time, or an impossible one; they follow the frames "
                "before them"
            )
        if len(self._sizes) > 1:
            self._say("changes the size of its frames; all are scaled to one")

    def _tell_end(self, count: int, seconds: Fraction, step: Fraction) -> None:
        """Say where a film ends of which a part is missing."""
        clip, there = self.clip, 1 - _MISSING
        is_short = (
            self.begin is None
            and clip.duration is not None
            and clip.frames is not None
            and seconds + step < clip.duration * there
            and seconds + step < clip.duration - (_SOUND_MORE if clip.others else 0)
            and count < clip.frames * there
        )
        if self._damage.ending or is_short:
            self._say(
                f"is cut short: it ends after {count} frames, {float(seconds):.1f} seconds, which "
                "are painted"
            )

    def _say(self, text: str) -> None:
        self.notices.append(f"film {self.clip.path} {text}")


def _seek(file: VideoFile, begin: Fraction, damage: Damage) -> Iterator[Any]:
    """Return the frames from a keyframe before a time on; none where that is not possible."""
    unit = fraction_of(file.stream.time_base)
    if not unit or file.container.format.name in _UNSEEKABLE:
        return iter(())
    try:
        file.container.seek(int(begin // unit), stream=file.stream)
    except (load_pyav().error.FFmpegError, OSError):
        return iter(())
    return decode(file, damage)


def _state(clip: Clip) -> tuple[int, int]:
    """Return what changes when a file is written to."""
    try:
        found = os.stat(clip.path)  # noqa: PTH116  the same, and short
    except OSError as error:
        raise FilmError(f"film {clip.path} can't be read any more; put it back") from error
    return found.st_size, found.st_mtime_ns
