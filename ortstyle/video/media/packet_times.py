"""Times of encoded packets as their file needs them: lengths, and the order of decoding."""

from collections.abc import Iterable, Iterator
from typing import Any

from ortstyle.video.media.film_times import TimedFrame


class PacketTimes:
    """The times of PyAV's packets of a stream, put right where encoders leave them open or err.

    Packets come out one late, because the last one is special: MP4 gives packets lengths in the
    order of decoding, and their sum is the stream's duration.

    Parameters
    ----------
    are_summed
        Whether the file has lengths in the order of decoding.
    """

    def __init__(self, *, are_summed: bool) -> None:
        self._are_summed = are_summed
        self._lengths: dict[int, int] = {}
        self._first: int | None = None
        self._latest = self._end = 0
        self._first_dts: int | None = None
        self._dts = 0
        self._held: Any = None

    def note(self, frame: TimedFrame) -> None:
        """Take in the times of a frame before it is encoded."""
        if self._first is None:
            self._first = frame.start
        self._lengths[frame.start] = frame.length
        self._latest, self._end = frame.start, frame.start + frame.length

    def corrected(self, packets: Iterable[Any]) -> Iterator[Any]:
        """Yield the packet that was held back and the given ones but the last."""
        for packet in packets:
            self._correct(packet)
            held, self._held = self._held, packet
            if held is not None:
                yield held

    def last(self) -> Iterator[Any]:
        """Yield the packet that is still held back, if there is one."""
        if self._held is not None:
            if self._are_summed:
                self._fill(self._held)
            yield self._held
            self._held = None

    def _correct(self, packet: Any) -> None:
        if packet.pts is None or self._first is None:
            return
        packet.duration = self._lengths.pop(packet.pts, packet.duration)
        # x265 gives films of two frames a random time of decoding. The first is decoded earlier
        # than it is shown by no more than the frames that were taken in.
        earliest = 2 * self._first - self._latest
        dts = packet.dts
        if dts is None or not earliest <= dts <= packet.pts:
            dts = packet.pts
        if self._first_dts is None:
            self._first_dts = dts
        else:
            dts = max(dts, self._dts + 1)
        packet.dts = self._dts = dts

    def _fill(self, packet: Any) -> None:
        """Let the lengths of all packets, which end with this one, add up to that of the stream."""
        if packet.pts is None or self._first is None or self._first_dts is None:
            return
        end = self._end - self._first + self._first_dts
        least = end - (self._end - packet.pts)  # so that it is not shown beyond the end
        packet.dts = max(self._dts, least)
        packet.duration = max(1, end - packet.dts)
