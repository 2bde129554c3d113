"""Checks that the pictures of a run are neither too small for the network nor too large."""

from bisect import bisect_left
from collections.abc import Callable, Hashable
from dataclasses import replace
from math import ceil

from ortstyle.errors import GraphError, MemoryBudgetError, PictureError
from ortstyle.graph.loss_graph import feature_graph
from ortstyle.graph.network import Network
from ortstyle.memory.amounts import format_memory
from ortstyle.memory.plan import ScalePlan
from ortstyle.memory.planner import PIXEL_BYTES, Planner
from ortstyle.pictures.header import PictureHeader
from ortstyle.pictures.scaled_size import scaled_size
from ortstyle.run.sizes import RunSizes
from ortstyle.runtime.cache import Cache
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import Schedule

_SIDES = range(1, 4097)  # in pixels, to search for the smallest picture that a network takes
_NEAR = 8  # squares of other sizes to try
_NARROW = 4096  # pixels; a picture that needs a longer side than this had better be cropped


def check_smallest(network: Network, sizes: RunSizes, *, cache: Cache | None = None) -> None:
    """Check that the network takes the pictures of the finest scale.

    Only the layers of the losses that have a weight need room: those of the style loss alone for a
    style. Graphs of features are built, which takes milliseconds at any size; the cache knows sizes
    that a run before has found large enough.

    Raises
    ------
    PictureError
        A picture is too small. The message names the smallest size that the network takes, and
        the option to change.
    """
    passed = set[Hashable]() if cache is None else cache.passed
    network, settings = network.without_weights(), sizes.settings
    side = settings.side
    pictures = [(sizes.content, sizes.size(side), settings, 1.0)]
    if settings.style_weight:
        alone = replace(settings, content_weight=0.0)
        pictures += [
            (style.header, sizes.style_size(style, side, scale), alone, scale)
            for style in sizes.styles
            for scale in style.scales
        ]
    for header, size, of, scale in pictures:
        key = network.sha256, size, of
        if key not in passed:
            _check_picture(network, header, size, settings=of, scale=scale)
            passed.add(key)


def _check_picture(
    network: Network,
    header: PictureHeader,
    size: tuple[int, int],
    *,
    settings: Settings,
    scale: float = 1.0,
) -> None:
    """Raise a `PictureError` if a picture is too small for the network at a width and height."""
    least = _least_side(network, size, settings)
    if least is None:
        return
    longest = round(least * max(header.size) / min(header.size))
    while min(scaled_size(header.size, longest)) < least:  # sizes are rounded down
        longest += 1
    told = f"{size[0]}×{size[1]}"
    if longest > _NARROW:
        advice = "it is too narrow: crop it"
    elif scale < 1:
        told += f", with --style-scale {scale:g}"
        advice = f"give a --style-scale of {ceil(100 * longest / settings.side) / 100:g} or more"
    else:
        advice = f"give a --size of {ceil(longest / scale)} or more"
    raise PictureError(
        f"{header.label} is too small at {told}: {network.path.name} needs {least} pixels on each "
        f"side; {advice}"
    )


def _least_side(network: Network, size: tuple[int, int], settings: Settings) -> int | None:
    """Return the side of the smallest square that the network takes; None if `size` is no less.

    A network may refuse a size for other reasons, such as branches of different sizes; then it
    takes a slightly smaller square.
    """
    if _fits(network, size, settings):
        return None
    smaller = range(min(size), max(0, min(size) - _NEAR), -1)
    if any(_fits(network, (side, side), settings) for side in smaller):
        return None
    found = bisect_left(_SIDES, True, key=lambda side: _fits(network, (side, side), settings))
    return _SIDES[found] if found < len(_SIDES) else None


def _fits(network: Network, size: tuple[int, int], settings: Settings) -> bool:
    """Return whether the network takes a picture of a width and height."""
    layers = settings.content_layers if settings.content_weight else ()
    layers += settings.style_layers if settings.style_weight else ()
    try:
        feature_graph(network, size[::-1], layers, settings)
    except GraphError:
        return False
    return True


def without_smallest(schedule: Schedule, network: Network, sizes: RunSizes) -> Schedule:
    """Return a schedule without the coarsest scales that the network does not take.

    Their evaluations go to the next scale; the finest scale is always kept.
    """
    network, settings = network.without_weights(), sizes.settings
    alone = replace(settings, content_weight=0.0) if settings.style_weight else settings
    while len(schedule) > 1:
        (side, evaluations), (finer, more), *rest = schedule
        (height, width), *styles = sizes.at(side)
        if _fits(network, (width, height), settings) and (
            not settings.style_weight
            or all(_fits(network, (width, height), alone) for height, width in styles)
        ):
            break
        schedule = ((finer, evaluations + more), *rest)
    return schedule


def check_largest(planner: Planner, sizes: RunSizes) -> None:
    """Check that the finest scale can be painted within the memory, at least in small tiles.

    Raises
    ------
    MemoryBudgetError
        The memory does not suffice. The message names the largest size for which it does.
    SettingsError
        The settings need the whole picture at once, and the memory does not suffice for it.
    """
    finest = sizes.settings.side
    try:
        plan_finest(planner, sizes)
    except MemoryBudgetError as error:
        fitting = _largest(lambda side: _is_planned(planner, sizes.with_size(side)), below=finest)
        width, height = sizes.size(finest)
        raise MemoryBudgetError(
            f"{width}×{height} takes {format_memory(error.needed)}, more than the "
            f"{format_memory(error.available)} available; {_advice(sizes, fitting)}",
            needed=error.needed,
            available=error.available,
        ) from error


def check_pictures(sizes: RunSizes, *, free: int) -> None:
    """Check that the pictures and their arrays fit in the memory; for a device with its own.

    Raises
    ------
    MemoryBudgetError
        They do not.
    """

    def needed(of: RunSizes) -> int:
        areas = [height * width for height, width in of.at(of.settings.side)]
        return of.bytes + PIXEL_BYTES * (areas[0] + sum(areas))

    if needed(sizes) <= free:
        return
    finest = sizes.settings.side
    fitting = _largest(lambda side: needed(sizes.with_size(side)) <= free, below=finest)
    raise MemoryBudgetError(
        f"the pictures alone take {format_memory(needed(sizes))}, more than the "
        f"{format_memory(free)} available; {_advice(sizes, fitting)}",
        needed=needed(sizes),
        available=free,
    )


def plan_finest(planner: Planner, sizes: RunSizes) -> ScalePlan:
    """Plan the finest scale from the headers of the pictures; see `Planner.plan` for errors."""
    content, *styles = sizes.at(sizes.settings.side)
    return planner.with_pictures(sizes.bytes).plan(content, styles)


def _is_planned(planner: Planner, sizes: RunSizes) -> bool:
    try:
        plan_finest(planner, sizes)
    except (MemoryBudgetError, GraphError):  # or so small that the network does not take it
        return False
    return True


def _largest(fits: Callable[[int], bool], *, below: int) -> int:
    """Return about the largest side below a side that fits, in two digits; 0 if none does.

    It is searched from above, because a side may also be too small.
    """
    fitting, side = 0, below
    while not fitting and side > 1:
        side //= 2
        fitting = side if fits(side) else 0
    too_large = 2 * fitting + 1
    while too_large - fitting > max(1, fitting // 50):
        middle = (fitting + too_large) // 2
        fitting, too_large = (middle, too_large) if fits(middle) else (fitting, middle)
    step: int = 10 ** max(0, len(str(fitting)) - 2)
    return fitting // step * step


def _advice(sizes: RunSizes, fitting: int) -> str:
    """Return what to change, where sides of up to `fitting` pixels fit in the memory."""
    most = max((max(style.scales) for style in sizes.styles), default=1.0)
    ways = [f"a --size of at most about {fitting}"] if fitting else []
    ways += ["a smaller --style-scale"] if most > 1 else []
    return f"give {', '.join([*ways, 'or more --memory'])}" if ways else "give more --memory"
