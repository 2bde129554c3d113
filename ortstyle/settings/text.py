"""Values of settings from text and as text, in the form that the command line takes."""

from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.settings.value_types import Iterations, Layers, StyleScale


def as_text(value: Any) -> str:
    """Write the value of a setting as its option on the command line takes it."""
    if isinstance(value, tuple):
        return ",".join(
            (":" if isinstance(v[0], str) else "+").join(map(as_text, v))
            if isinstance(v, tuple)
            else as_text(v) or "-"
            for v in value
        )
    if value is None or isinstance(value, bool):
        return "none" if value is None else str(value).lower()
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def parse_layers(text: str, *, option: str = "layers") -> Layers:
    """Read `relu1_1:1,relu2_1:0.5`; a layer without a weight has weight 1.

    `option` begins the error message.

    Raises
    ------
    SettingsError
        A weight is not a number.
    """
    layers = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, colon, weight = item.rpartition(":")
        where = f"{option}: {item!r}"
        layers.append((name, _number(weight, where)) if colon else (item, 1.0))
    return tuple(layers)


def parse_blend(text: str, *, option: str = "blend") -> tuple[float, ...]:
    """Read `3,7`; `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is not a number.
    """
    return tuple(_number(part, option) for part in text.split(","))


def parse_iterations(text: str, *, option: str = "iterations") -> Iterations:
    """Read `300` or, one a scale, `200,100,50`; `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is not a whole number.
    """
    try:
        counts = tuple(map(int, text.split(",")))
    except ValueError:
        raise SettingsError(f"{option}: {text!r} is no whole number, nor several") from None
    return counts if len(counts) > 1 else counts[0]


def parse_scales(text: str, *, option: str = "style_scale") -> StyleScale:
    """Read `1.5`; one a style, `1,0.5`; or several of one style at once, `1,0.5+2`.

    `option` begins the error message.

    Raises
    ------
    SettingsError
        An item is not a number.
    """
    found = []
    for item in text.split(","):
        scales = tuple(_number(part, option) for part in item.split("+"))
        found.append(scales if len(scales) > 1 else scales[0])
    return found[0] if len(found) == 1 and isinstance(found[0], float) else tuple(found)


def parse_masks(text: str, *, option: str = "mask") -> tuple[str, ...]:
    """Read `sky.png,-`, where - stands for no mask.

    No text is wrong; `option` is there because every parser takes it.
    """
    del option
    if not text.strip():
        return ()
    return tuple("" if part.strip() in ("", "-") else part.strip() for part in text.split(","))


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{where}: {text!r} is no number") from None
