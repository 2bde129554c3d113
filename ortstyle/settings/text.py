"""Reading and writing the values of settings as text, in the form of the command line."""

from typing import Any

from ortstyle.errors import SettingsError
from ortstyle.settings.checks import check_word
from ortstyle.settings.conversion import shown
from ortstyle.settings.value_types import Iterations, Layers, Size, StyleScale

# What neural-style calls the pictures that a run may start from.
_NEURAL_STYLE_S = {"random": "noise", "image": "content"}


def as_text(value: Any) -> str:
    """Return the value of a setting as the text that its command-line option accepts."""
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


def parse_size(text: str, *, option: str = "size") -> Size:
    """Read a length in pixels, `1024`, or `content` for that of the content picture.

    Error messages begin with `option`.

    Raises
    ------
    SettingsError
        The text is neither.
    """
    if text.strip() == "content":
        return "content"
    try:
        return int(text)
    except ValueError:
        raise SettingsError(
            f"{option}: {shown(text)} is no size; give pixels, or content"
        ) from None


def parse_init(text: str, *, option: str = "init") -> str:
    """Read what a run starts from; `random` and `image` are what neural-style calls them.

    Any other text is a path. Error messages begin with `option`.

    Raises
    ------
    SettingsError
        The text is one of the words in capitals, and no file has this name.
    """
    check_word(option, text, ("content", "noise", "style", *_NEURAL_STYLE_S))
    return _NEURAL_STYLE_S.get(text, text)


def parse_layers(text: str, *, option: str = "layers") -> Layers:
    """Read layers such as `relu1_1:1,relu2_1:0.5`; a layer without a weight has weight 1.

    Error messages begin with `option`.

    Raises
    ------
    SettingsError
        A weight is not a number.
    """
    layers = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, colon, weight = item.rpartition(":")
        where = f"{option}: {shown(item)}"
        layers.append((name, _number(weight, where)) if colon else (item, 1.0))
    return tuple(layers)


def parse_blend(text: str, *, option: str = "blend") -> tuple[float, ...]:
    """Read relative weights such as `3,7`; error messages begin with `option`.

    Raises
    ------
    SettingsError
        An item is not a number.
    """
    return tuple(_number(part, option) for part in text.split(","))


def parse_iterations(text: str, *, option: str = "iterations") -> Iterations:
    """Read one number of evaluations, `300`, or one for each scale, `200,100,50`.

    Error messages begin with `option`.

    Raises
    ------
    SettingsError
        An item is not a whole number.
    """
    try:
        counts = tuple(map(int, text.split(",")))
    except ValueError:
        raise SettingsError(f"{option}: {shown(text)} is no whole number or list of them") from None
    return counts if len(counts) > 1 else counts[0]


def parse_scales(text: str, *, option: str = "style_scale") -> StyleScale:
    """Read scale factors: `1.5` for all styles, `1,0.5` for each, `1,0.5+2` several for one.

    Error messages begin with `option`.

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
    """Read paths of masks such as `sky.png,-`, where - stands for no mask.

    Every text is valid. `option` is unused; all parsers have the same signature.
    """
    del option
    if not text.strip():
        return ()
    return tuple("" if part.strip() in ("", "-") else part.strip() for part in text.split(","))


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{where}: {shown(text)} is no number") from None
