"""Drafts to choose from: four ways to paint one order, and one draft with each preset."""

import json
from dataclasses import replace
from hashlib import sha256

from ortstyle import __version__
from ortstyle.settings.presets import preset_names
from ortstyle.studio.orders.order import Order

_BOLDER = 1.8  # times the size of the painting
_CLOSER, _FURTHER = 3.0, 1 / 3  # times the weight of the photograph
_ID_LENGTH = 20  # hexadecimal digits; see `records.is_id`


def variants_of(order: Order) -> list[Order]:
    """Return four drafts of an order that a person can tell apart; `label` says what differs."""
    order = replace(order, draft=True, variants=False, presets=False, film=None)
    settings = replace(order, draft=False).settings_for({})
    weight = settings.content_weight or 1.0
    larger = tuple(replace(each, scale=min(each.scale * _BOLDER, 20.0)) for each in order.paintings)
    return [
        replace(order, label="as ordered"),
        replace(order, label="bolder strokes", paintings=larger),
        replace(
            order,
            label="closer to the photograph",
            settings={**order.settings, "content_weight": _CLOSER * weight},
        ),
        replace(
            order,
            label="further into the painting",
            settings={
                **order.settings,
                "content_weight": _FURTHER * weight,
                "content_limit": 0.0,
            },
        ),
    ]


def presets_of(order: Order) -> list[Order]:
    """Return a draft of an order's pictures with each preset as it is."""
    order = replace(
        order, draft=True, variants=False, presets=False, settings={}, start=None, film=None
    )
    return [replace(order, preset=name, label=name) for name in preset_names()]


def fixed_id(order: Order, *, group: bool = False) -> str:
    """Return an id that is the same for the same order, so that it is painted once.

    Parameters
    ----------
    order
        The order of one draft.
    group
        Whether it is the id of the group of all drafts with the same pictures.
    """
    values = replace(order, device="auto", parent=None).to_json()
    if group:
        values |= {"preset": "", "label": ""}
    text = json.dumps([__version__, values], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:_ID_LENGTH]
