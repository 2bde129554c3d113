"""Amounts of memory as people write and read them."""

import re
from math import ceil

from ortstyle.errors import SettingsError
from ortstyle.settings.conversion import shown

_MOST = 2**63  # bytes; no machine has as many
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}
_AMOUNT = re.compile(r"(\d+\.?\d*|\.\d+)\s*([kmgt])(i?)b?", re.IGNORECASE | re.ASCII)


def parse_memory(text: str, *, option: str = "memory") -> int:
    """Return the bytes of an amount such as `500MB`, `6GB`, `1.5G` or `6GiB`.

    Units are decimal, those with an i powers of 1024; upper and lower case mean the same. The
    error message begins with `option`.

    Raises
    ------
    SettingsError
        The text is no amount of memory, or the amount is 0.
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise SettingsError(f"{option}: {shown(text)} is no amount of memory; write 500MB or 6GB")
    number, unit, binary = found.groups()
    amount = float(number) * (1024 if binary else 1000) ** _POWERS[unit.lower()]
    if amount < 1:
        raise SettingsError(f"{option}: {shown(text)} is no memory at all; write 500MB or 6GB")
    if amount > _MOST:
        raise SettingsError(f"{option}: {shown(text)} is more than there is; write 500MB or 6GB")
    return int(amount)


def format_memory(amount: int) -> str:
    """Return bytes as text for people: "6.1 GB", "480 MB", "12 kB"."""
    if amount < 999_500:
        return f"{ceil(amount / 1e3)} kB" if amount else "0 MB"
    megabytes = round(amount / 1e6)
    return f"{megabytes} MB" if megabytes < 1000 else f"{amount / 1e9:.1f} GB"
