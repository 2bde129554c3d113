"""What is found out before a film is painted: its clip, size, device, masks and folder."""

import secrets
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ortstyle.errors import SettingsError
from ortstyle.packaged import packaged_path
from ortstyle.pictures.read import read_rgb
from ortstyle.run.probe import choose_device
from ortstyle.run.provenance import versions
from ortstyle.run.size_checks import check_smallest
from ortstyle.run.sizes import RunSizes
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.frames.film_folder import RECORD, FilmFolder, has_film
from ortstyle.video.frames.film_record import MOST_BYTES, FilmRecord
from ortstyle.video.masks import FilmMasks
from ortstyle.video.media.clip import Clip, open_clip
from ortstyle.video.media.encode import check_output
from ortstyle.video.media.fitting import fitting_size
from ortstyle.video.places import check_places

_SEEDS = 2**31


@dataclass(frozen=True, kw_only=True)
class PreparedFilm:
    """A film that can be painted; nothing of it has been.

    Attributes
    ----------
    order
        What is asked, with numbers for the size "content" and the seed -1.
    clip
        The clip.
    device
        The device to paint on.
    masks
        The masks of the content.
    folder
        The folder of frames, which is locked for this process.
    notices
        What a person should know.
    """

    order: FilmOrder
    clip: Clip
    device: Device
    masks: FilmMasks
    folder: FilmFolder
    notices: tuple[str, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the painted frames."""
        return self.folder.record.size

    @property
    def span(self) -> tuple[Fraction | None, Fraction | None]:
        """The part to paint in times of the clip's file; None for its beginning and its end."""
        begin, end = self.order.begin, self.order.end
        return (
            None if begin is None else self.clip.start + begin,
            None if end is None else self.clip.start + end,
        )

    @property
    def expected_frames(self) -> int | None:
        """How many frames there will be, as far as the clip tells."""
        return expected_frames(self.clip, self.order.begin, self.order.end)


def expected_frames(clip: Clip, begin: Fraction | None, end: Fraction | None) -> int | None:
    """Return how many frames a part of a clip has, as far as the clip tells.

    The part is in seconds from its first frame; None for its beginning and its end.
    """
    frames, duration = clip.frames, clip.duration
    if frames is None or (begin is None and end is None):
        return frames
    if not duration:
        return None
    last = duration if end is None else min(end, duration)
    part = max(Fraction(0), last - (begin or Fraction(0)))
    return min(frames, ceil(frames * part / duration))


def prepare(order: FilmOrder, device: str | Device, cache: Cache) -> PreparedFilm:
    """Find out whether a film can be painted, and open its folder.

    Raises
    ------
    OrtStyleError
        It can't; the message is one line that says what is wrong and how to mend it.
    """
    check_places(order)
    limit = order.settings.max_pixels
    clip = open_clip(order.source, rate=order.rate, max_pixels=limit)
    if order.rate is not None and clip.kind != "pictures":
        raise SettingsError(
            f"--rate is for folders of pictures, and {order.source} tells the times of its frames; "
            "leave it out"
        )
    side = None if order.settings.size == "content" else order.settings.side
    size = fitting_size(clip, side, order.encoding, output=order.output)
    order, drawn = _settled(order, size)
    _check_pictures(order, size, cache)
    masks = FilmMasks(order.settings.content_mask, clip, max_pixels=limit)
    lacks = check_output(order.output, clip, order.encoding, size)
    chosen = device if isinstance(device, Device) else choose_device(device)
    record = _record(order, size, chosen)
    folder = _enter(order, record)
    said = [*clip.notices, _enlargement(clip, size), *masks.notices, *lacks, drawn, *folder.notices]
    return PreparedFilm(
        order=order,
        clip=clip,
        device=chosen,
        masks=masks,
        folder=folder,
        notices=tuple(filter(None, said)),
    )


def _settled(order: FilmOrder, size: tuple[int, int]) -> tuple[FilmOrder, str]:
    """Return the order with the size in pixels and a drawn seed, and what to say of the seed."""
    settings, said = replace(order.settings, size=max(size)), ""
    if settings.seed < 0:
        begun = None if order.restart else _begun_seed(order.work_folder)
        seed = secrets.randbelow(_SEEDS) if begun is None else begun
        settings = replace(settings, seed=seed)
        said = f"the seed is {seed}; --seed {seed} repeats this film"
    return replace(order, settings=settings), said


def _begun_seed(folder: Path) -> int | None:
    """Return the seed of a film that was begun in a folder; None if there is none."""
    if not has_film(folder):
        return None
    with (folder / RECORD).open("rb") as file:
        seed = FilmRecord.from_json(file.read(MOST_BYTES), folder / RECORD).settings.get("seed")
    return seed if isinstance(seed, int) and seed >= 0 else None


def _check_pictures(order: FilmOrder, size: tuple[int, int], cache: Cache) -> None:
    """Raise an error if a style can't be read, or the network takes no frames of this size."""
    settings = order.settings
    network = cache.network(settings.model or packaged_path("models", "vgg19.onnx"))
    for layer, _ in (*settings.content_layers, *settings.style_layers):
        network.layer(layer)
    blank = np.zeros((size[1], size[0], 3), np.uint8)
    styles = list(order.all_styles)
    sizes = RunSizes.read(blank, styles, settings, content_masks=[None] * len(styles))
    check_smallest(network, sizes)
    for path in filter(None, settings.style_mask):
        read_rgb(path, name="style mask", max_pixels=settings.max_pixels)


def _record(order: FilmOrder, size: tuple[int, int], device: Device) -> FilmRecord:
    others: dict[str, Any] = {}
    if order.rate is not None:
        others["rate"] = str(order.rate)
    if order.style_times:
        others["style_times"] = [[str(time), path.name] for time, path in order.style_times]
    return FilmRecord.of(
        order.source,
        [("style", path) for path in order.all_styles],
        order.settings,
        order.film,
        size=size,
        begin=order.begin,
        end=order.end,
        others=others,
        device=device.name,
        versions=versions(),
    )


def _enter(order: FilmOrder, record: FilmRecord) -> FilmFolder:
    path = order.work_folder
    if order.restart and has_film(path):
        FilmFolder.open(path).finish("nothing")
    return FilmFolder.enter(path, record)


def _enlargement(clip: Clip, size: tuple[int, int]) -> str:
    before, after = max(clip.width, clip.height), max(size)
    if after <= before + 1:  # which evens an odd size
        return ""
    return (
        f"{clip.path} is enlarged from {before} to {after} pixels; --size content would keep its "
        "size"
    )
