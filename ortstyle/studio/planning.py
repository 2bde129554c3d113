"""What an order will take, as the page is told beforehand."""

from dataclasses import replace
from typing import Any

from ortstyle.runtime.free_memory import free_memory
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.ordered_jobs import plan_jobs
from ortstyle.studio.paintings.ordered_paintings import OrderedPaintings
from ortstyle.studio.paintings.summary import for_page
from ortstyle.studio.pictures.reader_process import Reader


def plan_order(ordered: OrderedPaintings, reader: Reader, data: object) -> dict[str, Any]:
    """Return what an order will take; "seconds" is None before anything has been painted.

    Raises
    ------
    Refused
        The order, a picture or a setting is unfit.
    """
    order, pictures = ordered.read_order(data)
    planned = plan_jobs(order, pictures, ordered.folder)
    try:
        figures = reader.plan(replace(planned[0][1], memory=free_memory()))
    except Refused as error:
        names = {id_: picture.name for id_, picture in pictures.items()}
        raise Refused(for_page(str(error), ordered.folder.path, names)) from error
    work = figures.pop("work")
    seconds = None if work is None else ordered.times.seconds(order.device, work)
    each = figures["evaluations"]
    return {
        "frames": None,
        "disk_bytes": None,
        **figures,
        "evaluations": None if each is None else len(planned) * each,
        "seconds": None if seconds is None else len(planned) * seconds,
    }
