"""PyAV, which reads and writes films: loaded when it is needed, because an extra brings it."""

from fractions import Fraction
from types import ModuleType
from typing import Any

from ortstyle.errors import FilmError


def load_pyav() -> ModuleType:
    """Return the module ``av``.

    Raises
    ------
    FilmError
        It is not installed, or can't be loaded.
    """
    try:
        import av  # noqa: PLC0415  slow to load, and optional
    except ImportError as error:
        raise FilmError(
            f'films need PyAV, which can\'t be loaded ({error}); pip install "ortstyle[video]"'
        ) from error
    return av


def pyav_version() -> int:
    """Return the first number of the version of PyAV.

    Raises
    ------
    FilmError
        It is not installed, or can't be loaded.
    """
    return int(load_pyav().__version__.split(".")[0])


def fraction_of(value: Any) -> Fraction | None:
    """Return a rate, unit of time or aspect of PyAV, which since version 19 has a type of its own.

    It is None where PyAV gives none, or one that is no number.
    """
    if value is None or not value.denominator:
        return None
    return Fraction(int(value.numerator), int(value.denominator))
