"""Checks of setting values; each raises a one-line `SettingsError` that names the option."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ortstyle.errors import SettingsError
from ortstyle.settings.conversion import shown
from ortstyle.settings.value_types import StyleScale

if TYPE_CHECKING:  # which imports this module
    from ortstyle.settings.settings import Settings

_MOST_EVALUATIONS = 10**9
_LARGEST_SCALE = 100  # times the size of the content
_SUGGESTIONS = 100  # characters of the longest value that is compared with the choices


@dataclass(frozen=True)
class Range:
    """The numbers that an option accepts; they are finite.

    Attributes
    ----------
    least, most
        The smallest and the largest number; None for no largest.
    above
        A number that every accepted number exceeds; None for none.
    """

    least: float = 0
    above: float | None = None
    most: float | None = None

    def check(self, option: str, value: float) -> None:
        """Raise a `SettingsError` if a number lies outside the range."""
        if isinstance(value, int) and self.above is None:
            if value < self.least:
                raise SettingsError(f"{option} must be at least {self.least}, not {shown(value)}")
            if self.most is not None and value > self.most:
                raise SettingsError(f"{option} must be at most {self.most}, not {shown(value)}")
            return
        if self.above is not None and self.least <= value <= self.above:
            raise SettingsError(f"{option} must be above {self.above:g}, not {value:g}")
        too_large = self.most is not None and value > self.most
        if not isfinite(value) or value < self.least or too_large:
            raise SettingsError(f"{option}: {value:g} is out of range; give a number {self}")

    def __str__(self) -> str:
        if self.above is not None:
            most = "" if self.most is None else f" and at most {self.most}"
            return f"above {self.above:g}{most}"
        return f"of {self.least} {'or more' if self.most is None else f'to {self.most}'}"


def check_choice(what: str, value: str, choices: Iterable[str]) -> None:
    """Raise a `SettingsError` that suggests the nearest choice if `value` is not a choice."""
    choices = list(choices)
    if value not in choices:
        near = nearest(value, choices)
        hint = f"did you mean {near}?" if near else f"choose from {', '.join(choices)}"
        raise SettingsError(f"{what}: {shown(value)} is unknown; {hint}")


def nearest(value: str, choices: Iterable[str]) -> str:
    """Return the choice that is most like a value, whose capitals don't count; empty for none."""
    if not isinstance(value, str) or len(value) > _SUGGESTIONS:
        return ""
    lower = {choice.lower(): choice for choice in choices}
    near = get_close_matches(value.lower(), lower, n=1)
    return lower[near[0]] if near else ""


def check_word(option: str, value: str, words: Iterable[str]) -> None:
    """Raise a `SettingsError` if a path is a word in capitals, and no file of this name exists."""
    if value in words or value.lower() not in words:
        return
    if not Path(value).exists():
        raise SettingsError(f"{option}: {shown(value)} is unknown; did you mean {value.lower()}?")


def check_size(option: str, size: int | str) -> None:
    """Raise a `SettingsError` if a size is text other than "content"."""
    if isinstance(size, str) and size != "content":
        raise SettingsError(f"{option}: {shown(size)} is no size; give pixels, or content")


def check_one_each(option: str, what: str, values: Sequence[Any], styles: int) -> None:
    """Raise a `SettingsError` if there are not as many values as styles; `what` names them."""
    if len(values) != styles:
        raise SettingsError(
            f"{option} has {len(values)} {what} for {styles} styles; give one for each"
        )


def scales_of_each(scales: StyleScale, styles: int) -> tuple[tuple[float, ...], ...]:
    """Return the scale factors of each of a number of styles.

    Raises
    ------
    SettingsError
        There is not one entry for each style.
    """
    if isinstance(scales, int | float):
        return ((scales,),) * styles
    check_one_each("--style-scale", "scales", scales, styles)
    return tuple(scale if isinstance(scale, tuple) else (scale,) for scale in scales)


def check_weights(option: str, weights: Iterable[float]) -> None:
    """Raise a `SettingsError` if a weight, or their sum, is negative or not finite, or is 0."""
    weights = list(weights)
    for weight in weights:
        if not isfinite(weight) or weight < 0:
            raise SettingsError(f"{option}: {weight:g} is not a weight; give a number of 0 or more")
    if not any(weights):
        raise SettingsError(f"{option}: every weight is 0; make one larger")
    if not isfinite(sum(weights)):
        raise SettingsError(f"{option}: the sum of the weights is too large; make them smaller")


def check_layers(option: str, layers: Sequence[tuple[str, float]]) -> None:
    """Raise a `SettingsError` if (layer, weight) pairs are empty or name a layer twice."""
    if not layers:
        raise SettingsError(f"{option} names no layer; give at least one")
    names = [name for name, _ in layers]
    if len(set(names)) < len(names):
        raise SettingsError(f"{option} names a layer twice; give it once")
    check_weights(option, [weight for _, weight in layers])


def check_counts(option: str, counts: int | Iterable[int]) -> None:
    """Raise a `SettingsError` if a count, or one of several, is less than 1 or absurd."""
    if counts == ():
        raise SettingsError(f"{option} names no number; give one of 1 or more")
    for count in (counts,) if isinstance(counts, int) else counts:
        Range(1, most=_MOST_EVALUATIONS).check(option, count)


def check_scales(option: str, scales: Any) -> None:
    """Raise a `SettingsError` if a scale factor, or one in nested tuples, is 0 or absurd."""
    if not isinstance(scales, tuple):
        Range(above=0, most=_LARGEST_SCALE).check(option, scales)
        return
    if not scales:
        raise SettingsError(f"{option} names no scale; give a number above 0")
    for scale in scales:
        check_scales(option, scale)


def check_together(settings: "Settings") -> None:
    """Raise a `SettingsError` if settings contradict one another, each of which is valid alone."""
    iterations = settings.iterations
    if isinstance(iterations, tuple) and len(iterations) != settings.scales:
        count = len(iterations)
        raise SettingsError(
            f"--iterations has {count} numbers; give --scales {count} too, or one "
            "number for all scales"
        )
    if settings.content_weight == settings.style_weight == 0:
        raise SettingsError("--content-weight and --style-weight are both 0: nothing to paint")
    if settings.engine == "training":
        if settings.normalize_gradients:
            raise SettingsError("--normalize-gradients needs --engine portable")
        if settings.precision == "float16":
            raise SettingsError("--precision float16 needs --engine portable")
