"""The ticks of a plot: few, round and within the range."""

import math

from ortstyle.report.ticks import abbreviate, evaluation_ticks, loss_ticks


def test_loss_ticks_are_few_and_within_the_range():
    for low, high in [(1.2, 9.7), (5.0, 5.1), (3.9, 5.2), (0.0, 2.0), (6.30, 6.45)]:
        ticks = loss_ticks(low, high)
        assert 4 <= len(ticks) <= 12
        assert all(low - 1e-9 <= math.log10(tick) <= high + 1e-9 for tick in ticks)


def test_evaluation_ticks_are_few_and_round():
    for last in (1, 2, 7, 80, 300, 1000, 12345):
        ticks = evaluation_ticks(1, last)
        assert ticks == sorted(set(ticks))
        assert len(ticks) <= 10
        assert ticks[0] <= max(2, last / 8)
    assert evaluation_ticks(1, 300) == [1, 50, 100, 150, 200, 250, 300]


def test_numbers_are_abbreviated():
    texts = {12.5e6: "12.5M", 3e3: "3k", 0.01: "0.01", 2e9: "2G", 7: "7"}
    assert {number: abbreviate(number) for number in texts} == texts
