"""An order of a film as lines of Python."""

from collections.abc import Mapping, Sequence
from typing import Any

from ortstyle.settings.declaration import options_of
from ortstyle.studio.orders.order import Order


def film_in_python(order: Order, pictures: Sequence[str], changes: Mapping[str, Any]) -> str:
    """Return lines of Python that paint a film.

    Parameters
    ----------
    order
        The order.
    pictures
        The names of the clip and of the paintings.
    changes
        The settings of each picture that differ from the preset's, by name.
    """
    film = order.film
    assert film is not None  # noqa: S101  the caller has looked
    clip, *styles = pictures
    begin, end = film.span(order)
    settings = ", ".join([repr(order.preset), *([repr(dict(changes))] if changes else [])])
    values: list[tuple[str, str]] = [
        ("source", f"Path({clip!r})"),
        ("styles", f"({''.join(f'Path({style!r}), ' for style in styles)})"),
        ("output", f'Path("painted{film.suffix}")'),
        ("settings", f"from_preset({settings})"),
        *(_record(name, record) for name, record in zip(_NAMES, film.records, strict=True)),
        *(
            (name, f'Fraction("{seconds:.3f}")')
            for name, seconds in (("begin", begin), ("end", end))
            if seconds is not None
        ),
    ]
    device = f", device={order.device!r}" if order.device != "auto" else ""
    return "\n".join(
        [
            "from fractions import Fraction",
            "from pathlib import Path",
            "",
            "from ortstyle import FilmOrder, FilmSettings, from_preset, stylize_film",
            "from ortstyle.video.media.encoding import FilmEncoding",
            "",
            "order = FilmOrder(",
            *(f"    {name}={value}," for name, value in values),
            ")",
            f"with stylize_film(order{device}) as film:",
            "    for progress in film:",
            "        print(progress.phase, progress.done, progress.count)",
            "",
        ]
    )


_NAMES = ("film", "encoding")


def _record(name: str, record: Any) -> tuple[str, str]:
    """Return the name of a record's argument, and the call that makes it."""
    kind = type(record)
    values = [(each.name, getattr(record, each.name), each.default) for each in options_of(kind)]
    given = ", ".join(f"{key}={value!r}" for key, value, usual in values if value != usual)
    return name, f"{kind.__name__}({given})"
