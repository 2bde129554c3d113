"""Sheets of films show flicker, and nothing where there is none."""

import numpy as np
import pytest

sheets = pytest.importorskip("film_sheets", reason="the benchmarks are not here")
sequences = pytest.importorskip("film_sequences", reason="the benchmarks are not here")

PAN = sequences.make_sequences((64, 48), 8)["pan"]


def flickering(t):
    return np.clip(PAN.frame(t).astype(int) + (20 if t == 4 else 0), 0, 255).astype(np.uint8)


def test_rows_and_columns_for_all():
    films = {"a": PAN.frame, "b": flickering}
    sheet = np.asarray(sheets.draw_film_sheet(films, PAN, [3, 4, 5]))
    assert sheet.shape[:2] == (4 * (48 + sheets._CAPTION + sheets._GAP), 3 * (64 + sheets._GAP))
    assert np.array_equal(sheet[sheets._CAPTION : sheets._CAPTION + 48, :64], PAN.frame(3))


def test_what_moves_along_is_grey_and_what_flickers_is_not():
    calm, flash = (sheets._difference(film, PAN, 4) for film in (PAN.frame, flickering))
    seen = PAN.visible(4, 3)
    assert np.abs(calm[seen].astype(int) - 128).mean() < 25
    assert flash[seen].mean() > calm[seen].mean() + 50
    assert not calm[~seen].any()


def test_without_motion_nothing_is_warped():
    difference = sheets._difference(PAN.frame, None, 4)
    right = 128 + 4 * (PAN.frame(4).astype(int) - PAN.frame(3))
    assert np.array_equal(difference, np.clip(right, 0, 255))


def test_the_middle_is_shown():
    sheet = sheets.draw_film_sheet({"a": PAN.frame}, PAN, [1], side=32)
    assert sheet.width == 32 + sheets._GAP
    shown = np.asarray(sheet)[sheets._CAPTION : sheets._CAPTION + 32, :32]
    assert np.array_equal(shown, PAN.frame(1)[8:40, 16:48])
