"""An order: what a page asks to have painted, with every value checked.

An order names pictures by their ids. It may come from a stranger, so unknown names are refused,
numbers are finite and lists short, and nothing in it is a path.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from ortstyle.pictures.encode import Encoding
from ortstyle.settings.checks import check_choice
from ortstyle.settings.presets import from_preset, preset_names
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import StyleScale
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.film import OrderedFilm
from ortstyle.studio.orders.order_values import (
    read_device,
    read_id,
    read_label,
    read_moment,
    read_number,
    read_optional_id,
    read_switch,
)
from ortstyle.studio.orders.ordered_settings import (
    check_amounts,
    read_values,
    refusing,
    split_values,
)

DRAFT_SIDE = 256
"""Pixels of the longest side of a draft, at most."""

DRAFT_EVALUATIONS = 50
"""Evaluations of a draft, at most; after these the picture changes little."""

MOST_PAINTINGS = 8
LARGEST_WEIGHT, SCALES = 1000.0, (0.05, 20.0)


@dataclass(frozen=True, kw_only=True)
class OrderedPainting:
    """A painting in whose manner to paint.

    Attributes
    ----------
    picture
        Its id.
    weight
        Its weight relative to the other paintings.
    scale
        What its size is multiplied by; strokes are larger above 1.
    mask
        The picture that is white where the photograph is painted in this manner; None for where
        no mask of another painting is white.
    """

    picture: str
    weight: float = 1.0
    scale: float = 1.0
    mask: str | None = None

    @classmethod
    def from_json(cls, data: object, *, where: str) -> Self:
        """Check an entry of an order; `where` is its place there, such as "paintings.0"."""
        given = _checked_names(cls, data, where=where)
        return cls(
            picture=read_id(given.get("picture"), f"{where}.picture", what="a painting"),
            weight=read_number(given.get("weight", 1.0), f"{where}.weight", 0.0, LARGEST_WEIGHT),
            scale=read_number(given.get("scale", 1.0), f"{where}.scale", *SCALES),
            mask=read_optional_id(given.get("mask"), f"{where}.mask", what="a mask"),
        )


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a page asks to have painted.

    Attributes
    ----------
    photograph
        The id of the picture to repaint.
    paintings
        The paintings in whose manner, at least one.
    preset
        The preset that the settings start from.
    settings
        Values that differ from the preset's, by name; see `ordered_settings`.
    device
        A device, or "auto".
    start
        The id of a picture to begin from; None for what the settings say.
    parent
        The id of the painting whose result that picture is, if it is one.
    draft
        Whether to paint a small picture soon.
    variants
        Whether to paint four drafts to choose from.
    presets
        Whether to paint a draft with each preset.
    location
        Whether the result keeps all metadata of the photograph, also the place.
    label
        What differs from the other drafts of a group, in words.
    film
        How to paint a film; None to paint a picture. The photograph is a film then.
    moment
        Where a page stands in a film, in seconds from its first frame: a draft of a film begins
        there, and a picture is painted of the frame that is seen there.
    """

    photograph: str
    paintings: tuple[OrderedPainting, ...]
    preset: str = "default"
    settings: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    start: str | None = None
    parent: str | None = None
    draft: bool = False
    variants: bool = False
    presets: bool = False
    location: bool = False
    label: str = ""
    film: OrderedFilm | None = None
    moment: float | None = None

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the order that a page has sent, or that `to_json` returned.

        Raises
        ------
        Refused
            It has the wrong form, or a value is unfit; the message is for the page.
        """
        given = _checked_names(cls, data, where="the order")
        preset = given.get("preset", "default")
        with refusing("preset"):
            check_choice("preset", preset, preset_names())
        order = cls(
            photograph=read_id(given.get("photograph"), "photograph", what="a photograph"),
            paintings=_paintings(given.get("paintings")),
            preset=preset,
            settings=read_values(given.get("settings", {})),
            device=read_device(given.get("device", "auto")),
            start=read_optional_id(given.get("start"), "start", what="a picture"),
            parent=read_optional_id(given.get("parent"), "parent", what="a painting"),
            label=read_label(given.get("label", "")),
            film=OrderedFilm.from_json(given.get("film")),
            moment=read_moment(given.get("moment"), "moment"),
            **{name: read_switch(given.get(name, False), name) for name in _SWITCHES},
        )
        if order.film is not None:
            _check_film(order)
        if order.variants and order.presets:
            raise Refused("Variants and presets can't be painted by one order", field="presets")
        order.settings_for({})  # all of them together
        return order

    def to_json(self) -> dict[str, Any]:
        """Return the order in a form that JSON can hold."""
        return asdict(self)

    @property
    def pictures(self) -> dict[str, str]:
        """What the order needs each picture for, in words, by its id."""
        found = {each.mask: "mask" for each in self.paintings if each.mask}
        found |= {self.start: "picture to begin from"} if self.start else {}
        found |= {each.picture: "painting" for each in self.paintings}
        return found | {self.photograph: "photograph"}

    def settings_for(self, paths: Mapping[str, str], *, longest: int | None = None) -> Settings:
        """Return the settings to paint with.

        Parameters
        ----------
        paths
            The path, or the name, of each picture by its id; of those that are missing the id.
        longest
            The longest side of the photograph, if it is known.

        Raises
        ------
        Refused
            The values contradict each other, or ask for more than the studio takes on.
        """
        values, _ = split_values(self.settings)
        with refusing():
            settings = from_preset(self.preset, values)
        check_amounts(settings, longest=longest)
        with refusing("style_scale"):
            scales = _multiplied(settings, [each.scale for each in self.paintings])
            settings = replace(settings, style_scale=scales)
        with refusing():
            settings = replace(settings, **self._of_pictures(lambda id_: paths.get(id_, id_)))
        return _drafted(settings, longest=longest, film=self.film) if self.draft else settings

    @property
    def encoding(self) -> Encoding:
        """How the result is encoded."""
        _, values = split_values(self.settings)
        if self.draft:
            values = {"depth": 8}
        return Encoding(**values, metadata="keep" if self.location else "minimal")

    def _of_pictures(self, path_of: Callable[[str], str]) -> dict[str, Any]:
        """Return the settings that follow from the pictures."""
        found: dict[str, Any] = {}
        weights = tuple(each.weight for each in self.paintings)
        if len(set(weights)) > 1:
            found["style_blend"] = weights
        if any(each.mask for each in self.paintings):
            found["content_mask"] = tuple(
                path_of(each.mask) if each.mask else "" for each in self.paintings
            )
        if self.start:
            found["init"] = path_of(self.start)
        return found


_SWITCHES = ("draft", "variants", "presets", "location")


def _check_film(order: Order) -> None:
    """Raise a `Refused` if an order of a film asks for what only pictures can have."""
    if order.variants or order.presets:
        raise Refused("Variants and presets are drafts of a picture, not of a film", field="film")
    if order.start:
        raise Refused("A film begins from its own frames", field="start")


def _drafted(settings: Settings, *, longest: int | None, film: OrderedFilm | None) -> Settings:
    """Return settings for a small picture soon, at one scale; a film keeps its scales."""
    size = longest if settings.size == "content" else settings.size
    if film is not None:
        return replace(settings, size=min(size or DRAFT_SIDE, DRAFT_SIDE))
    return replace(
        settings,
        size=min(size or DRAFT_SIDE, DRAFT_SIDE),
        iterations=min(settings.evaluations, DRAFT_EVALUATIONS),
        scales=min(settings.scales, 1),
    )


def _multiplied(settings: Settings, factors: list[float]) -> StyleScale:
    """Return the style scale of settings, that of each painting multiplied by a factor."""
    scales = settings.style_scales(len(factors))
    if len(set(factors)) == 1 and isinstance(settings.style_scale, int | float):
        return settings.style_scale * factors[0]
    multiplied = [
        tuple(scale * factor for scale in each)
        for each, factor in zip(scales, factors, strict=True)
    ]
    return tuple(each if len(each) > 1 else each[0] for each in multiplied)


def _checked_names(record: type, data: object, *, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise Refused(f"{where.capitalize()} must be names with values")
    names = [each.name for each in fields(record)]
    for name in data:
        with refusing():
            check_choice(where, name, names)
    return data


def _paintings(data: object) -> tuple[OrderedPainting, ...]:
    if not isinstance(data, list | tuple) or not data:
        raise Refused("Choose a painting first", field="paintings")
    if len(data) > MOST_PAINTINGS:
        raise Refused(
            f"{len(data)} paintings are too many; choose at most {MOST_PAINTINGS}",
            field="paintings",
        )
    found = tuple(
        OrderedPainting.from_json(each, where=f"paintings.{number}")
        for number, each in enumerate(data)
    )
    if not any(each.weight for each in found):
        raise Refused("Every weight is 0; make one larger", field="paintings")
    return found
