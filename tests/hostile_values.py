"""Values that no option expects, and what may become of them."""

from math import inf, nan
from pathlib import Path

import numpy as np

from ortstyle.errors import SettingsError


class Awkward:
    """An object whose methods fail."""

    def __repr__(self):
        raise ZeroDivisionError

    def __fspath__(self):
        raise ZeroDivisionError

    def tolist(self):
        raise ZeroDivisionError


NUMBERS = [
    *(nan, inf, -inf, 1e308, -1e308, 5e-324, -0.0, 0.5, -1, 0, 1, 40, 41, 2100),
    *(2**31, 2**63, 2**64, -(2**63), 10**12, 10**18, 10**400, 10**5000, -(10**400)),
]
TEXTS = [
    *("", " ", "x", "-", ",", ":", "+", "nan", "inf", "-inf", "1e400", "-1", "0", "1.5", "2100"),
    *(str(10**400), "9" * 5000, "x" * 100_000, "1," * 1000 + "1", "relu1_1:nan", "relu1_1:1e400"),
    *("relu1_1,relu1_1", "a\nb", "\x1b[2J", "٣", "½", "[/x]", "max", "1e308,1e308", "1+2,3"),
]
NAMES_OF_NO_FILE = ["\ud800", "a\0b"]
OTHERS = [
    *(None, True, False, b"", b"x", object(), Awkward(), 1j, Path("x"), Path(), set()),
    *({}, {"a": 1}, [], (), [4, 3], (4, 3), [[]], [[[[[[]]]]]], [0], [-1, 1], [nan], [inf, 1.0]),
    *([None], [True], [1e308, 1e308], [10**400], ["x"], [["relu1_1", 1]], [["relu1_1", nan]]),
    *([["relu1_1"]], [["relu1_1", 1e308], ["relu2_1", 1e308]], [["relu1_1", 1, 1]]),
    *([[1, "relu1_1"]], [["x", 1]] * 2, [1] * 1000, ["x" * 100_000], range(3), iter([1])),
]
OF_NUMPY = [
    *(np.float32(0.5), np.float64(nan), np.float16(5), np.int64(3), np.uint8(7), np.bool_(True)),
    *(np.str_("max"), np.array(3), np.array([4, 3]), np.array([nan]), np.zeros((2, 2))),
    *(np.array("x"), np.complex64(1), np.datetime64("2026-01-01"), np.array([None])),
]
VALUES = [*NUMBERS, *TEXTS, *NAMES_OF_NO_FILE, *OTHERS, *OF_NUMPY]


def result_of(make, *, about=""):
    """Return what a function returns; None where it raises a `SettingsError` of one short line.

    The line has to mention `about`.
    """
    try:
        return make()
    except SettingsError as error:
        message = str(error)
        assert about in message, message
        assert message.isprintable(), message[:500]
        assert 20 < len(message) < 500, message[:1000]
        return None


def has_plain_values(record):
    """Tell whether the values of a record are of plain types that JSON, TOML and graphs hold."""
    return all(map(_is_plain, vars(record).values()))


def _is_plain(value):
    if type(value) is tuple:
        return all(map(_is_plain, value))
    if type(value) is float:
        return np.isfinite(value)
    return value is None or type(value) in (bool, int, str) or isinstance(value, Path)
