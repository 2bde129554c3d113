"""From an order to what is remembered of its paintings, and to the jobs that paint them."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ortstyle.jobs.job import Job, make_job
from ortstyle.report.printable import printable
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.variants import fixed_id, presets_of, variants_of
from ortstyle.studio.records import Painting, Picture, new_id

_CHECKPOINT_MINUTES = 2.0
_LONGEST_NAME = 60  # characters in a title


class Places(Protocol):
    """Where pictures and results lie; see `folder.StudioFolder`."""

    def picture(self, picture_id: str, suffix: str) -> Path:
        """Return the path of a picture."""

    def result(self, painting_id: str, suffix: str = ".png") -> Path:
        """Return the path of a painting's result."""


def plan_jobs(
    order: Order, pictures: Mapping[str, Picture], places: Places
) -> list[tuple[Painting, Job]]:
    """Return the paintings of an order, each with its job.

    The drafts of presets have the same ids whenever they are ordered, others new ones.

    Parameters
    ----------
    order
        The order.
    pictures
        The pictures that it names, by id.
    places
        Where their files lie, and where results go.

    Raises
    ------
    Refused
        The settings are unfit for these pictures.
    """
    if order.presets:
        drafts = presets_of(order)
        group = fixed_id(drafts[0], group=True)
        return [
            _planned(each, pictures, places, painting_id=fixed_id(each), group=group)
            for each in drafts
        ]
    if order.variants:
        group = new_id()
        return [
            _planned(each, pictures, places, painting_id=new_id(), group=group)
            for each in variants_of(order)
        ]
    return [_planned(order, pictures, places, painting_id=new_id())]


def job_of(
    order: Order, pictures: Mapping[str, Picture], places: Places, *, painting_id: str
) -> Job:
    """Return the job of an order of one painting."""
    paths = {id_: places.picture(id_, picture.suffix) for id_, picture in pictures.items()}
    film = order.film.part_for(order) if order.film else None
    settings = order.settings_for(
        {id_: str(path) for id_, path in paths.items()}, longest=longest_side(order, pictures)
    )
    return make_job(
        paths[order.photograph],
        [paths[each.picture] for each in order.paintings],
        places.result(painting_id, order.film.suffix if order.film else ".png"),
        settings=settings,
        hash_of={paths[id_]: picture.sha256 for id_, picture in pictures.items()},
        encoding=order.encoding,
        device=order.device,
        checkpoint_minutes=_CHECKPOINT_MINUTES,
        names_only=True,
        film=film,
    )


def longest_side(order: Order, pictures: Mapping[str, Picture]) -> int:
    """Return the longest side of the photograph in pixels."""
    photograph = pictures[order.photograph]
    return max(photograph.width, photograph.height)


def title_of(order: Order, pictures: Mapping[str, Picture]) -> str:
    """Return the names of an order's pictures on one line, without their suffixes."""
    names = [order.photograph, *(each.picture for each in order.paintings)]
    first, *others = (_short(pictures[id_].name) for id_ in names)
    return f"{first} · {', '.join(dict.fromkeys(others))}"


def _planned(
    order: Order,
    pictures: Mapping[str, Picture],
    places: Places,
    *,
    painting_id: str,
    group: str | None = None,
) -> tuple[Painting, Job]:
    job = job_of(order, pictures, places, painting_id=painting_id)
    painting = Painting(
        id=painting_id,
        key=job.key,
        kind="draft" if order.draft else "painting",
        created=time.time(),
        order={
            **order.to_json(),
            "names": {id_: pictures[id_].name for id_ in order.pictures},
            "clip": pictures[order.photograph].clip if order.film else None,
        },
        title=title_of(order, pictures),
        group=group,
        parent=order.parent,
    )
    return painting, job


def _short(name: str) -> str:
    stem = Path(name).stem or name
    return printable(stem if len(stem) <= _LONGEST_NAME else f"{stem[:_LONGEST_NAME]}…")
