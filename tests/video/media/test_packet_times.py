"""Times of packets."""

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import given, strategies as st
from written_films import frames_at

from ortstyle.video.media.film_times import timed
from ortstyle.video.media.packet_times import PacketTimes


@dataclass
class Packet:
    pts: int
    dts: int | None
    duration: int = 0


def through(spans, packets, *, are_summed=True):
    """Pass packets of frames with (start, length) through; return those that come out."""
    times = PacketTimes(are_summed=are_summed)
    starts = [start for start, _ in spans]
    for frame in timed(
        frames_at(starts, (2, 2), duration=spans[-1][1]), Fraction(1), Fraction(0), rate=Fraction(1)
    ):
        times.note(frame)
    return [*times.corrected([Packet(*packet) for packet in packets]), *times.last()]


def times_of(packets):
    return [(packet.pts, packet.dts, packet.duration) for packet in packets]


def test_a_constant_rate_is_left_as_it_is():
    spans = [(k * 4, 4) for k in range(5)]
    packets = [(0, -8), (16, -4), (8, 0), (4, 4), (12, 8)]
    assert times_of(through(spans, packets)) == [(*packet, 4) for packet in packets]


def test_lengths_are_the_frames_where_nothing_is_summed():
    spans = [(0, 3), (3, 10), (13, 1), (14, 50)]
    packets = [(0, -13), (14, 0), (3, 3), (13, 13)]
    found = through(spans, packets, are_summed=False)
    assert [packet.duration for packet in found] == [3, 50, 10, 1]


def test_a_random_time_of_decoding_is_put_right():
    assert times_of(through([(0, 4), (4, 4)], [(0, -(10**14)), (4, 0)])) == [(0, 0, 4), (4, 4, 4)]
    assert times_of(through([(0, 4), (4, 4)], [(0, None), (4, 77)])) == [(0, 0, 4), (4, 4, 4)]


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=20), st.integers(0, 2))
def test_the_sum_is_the_streams_duration(lengths, delay):
    starts = [sum(lengths[:k]) for k in range(len(lengths))]
    spans = list(zip(starts, lengths, strict=True))
    delay = min(delay, len(starts) - 1)
    lag = starts[delay]
    order = list(range(len(starts)))
    for k in range(1, len(order) - 1, 3):  # P before B, as encoders give them out
        if delay:
            order[k], order[k + 1] = order[k + 1], order[k]
    decoded = [starts[k] - lag if k < delay else starts[k - delay] for k in range(len(starts))]
    packets = [(starts[shown], dts) for shown, dts in zip(order, decoded, strict=True)]
    found = through(spans, packets)
    total = sum(lengths)
    assert [packet.dts for packet in found] == sorted({packet.dts for packet in found})
    assert all(packet.dts <= packet.pts for packet in found)
    assert found[-1].pts + found[-1].duration <= total or found[-1].duration == 1
    reached = found[-1].dts + found[-1].duration - found[0].dts
    if found[-1].dts - found[0].dts < total:  # else lengths before the last are too long already
        assert reached == total
