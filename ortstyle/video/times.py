"""Times of a film as people write and read them; exact, as fractions of a second."""

import re
from fractions import Fraction

from ortstyle.errors import SettingsError
from ortstyle.settings.conversion import shown

_TIME = re.compile(r"(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(?:/(\d{1,9}))?", re.ASCII)
_MOST_RATE = 1000
_FORMS = "write seconds, m:ss or h:mm:ss, such as 12.5 or 0:12"


def parse_time(text: str, *, option: str = "time") -> Fraction:
    """Read a time such as `12.5`, `0:12`, `90:00` or `1:02:03.25` as exact seconds.

    Error messages begin with `option`.

    Raises
    ------
    SettingsError
        The text is no time; or its seconds, or the minutes of an hour, are 60 or more.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise SettingsError(f"{option}: {shown(text)} is no time; {_FORMS}")
    hours, minutes, seconds = found.groups()
    amount = Fraction(seconds if not seconds.endswith(".") else f"{seconds}0")
    if minutes is not None and amount >= 60:
        raise SettingsError(f"{option}: {shown(text)} has 60 seconds or more; {_FORMS}")
    if hours is not None and int(minutes) >= 60:
        raise SettingsError(f"{option}: {shown(text)} has 60 minutes or more; {_FORMS}")
    return amount + 60 * int(minutes or 0) + 3600 * int(hours or 0)


def format_time(time: Fraction) -> str:
    """Return a time as text for people, to the millisecond: "0:12", "1:02:03.25", "-0:00.5"."""
    thousandths = round(abs(time) * 1000)
    whole, rest = divmod(thousandths, 1000)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    text += f".{rest:03}".rstrip("0") if rest else ""
    return f"-{text}" if time < 0 and thousandths else text


def parse_rate(text: str, *, option: str = "rate") -> Fraction:
    """Read a number of frames a second, such as `25`, `23.976` or `24000/1001`.

    Error messages begin with `option`.

    Raises
    ------
    SettingsError
        The text is no such number, or one of 0, or above 1000.
    """
    found = _RATE.fullmatch(text.strip())
    rate = Fraction(0)
    if found is not None and Fraction(found[2] or 1):
        rate = Fraction(found[1]) / Fraction(found[2] or 1)
    if not 0 < rate <= _MOST_RATE:
        raise SettingsError(
            f"{option}: {shown(text)} is no number of frames a second; write 25 or 24000/1001"
        )
    return rate
