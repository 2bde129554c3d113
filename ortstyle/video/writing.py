"""The painted frames of a folder as the film's file takes them, and what it tells of itself."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.packaged import packaged_path
from ortstyle.run.provenance import provenance_of, provenance_text
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.frames.frame_file import to_levels
from ortstyle.video.media.encode import FilmFrame
from ortstyle.video.painting.finished import finished


def painted_count(folder: FilmFolder, *, passes: int = 1) -> int:
    """Return how many frames, from the first one without a gap, are painted in a pass or later."""
    frames = range(folder.source_count)
    return next((k for k in frames if not folder.is_painted(k, pass_=passes)), len(frames))


def shows_sources(settings: Settings) -> bool:
    """Return whether the film shows the colours of its source frames."""
    return settings.colors in ("content", "luminance")


def shown(folder: FilmFolder, index: int, settings: Settings, *, pass_: int) -> NDArray[np.float32]:
    """Return a painted frame as the film shows it: ``(H, W, 3)`` float32, 0–255.

    Raises
    ------
    DamagedFrameError
        The frame, or its source frame where that is needed, is damaged or missing.
    """
    painted = folder.painted(index, pass_=pass_)
    if not shows_sources(settings):
        return painted
    source = folder.source(index)
    levels = np.float32(255 / np.iinfo(source.dtype).max)
    return finished(painted, source * levels, settings)


def shown_frames(
    folder: FilmFolder, count: int, settings: Settings, *, passes: int = 1, bits: int = 8
) -> Iterator[FilmFrame]:
    """Yield the first frames of a film, each as its latest pass has it.

    Parameters
    ----------
    folder
        The folder of the film.
    count
        The number of frames; all of them must be painted in some pass.
    settings
        The settings of the film's pictures, of which `colors` counts.
    passes
        The number of the last pass.
    bits
        Bits of a sample of the clip; up to 8 the pixels are uint8, above uint16.

    Raises
    ------
    DamagedFrameError
        A frame is damaged.
    """
    for index in range(count):
        latest = next(p for p in range(passes, 0, -1) if folder.is_painted(index, pass_=p))
        time = folder.times[index]
        pixels = shown(folder, index, settings, pass_=latest)
        levels = np.rint(pixels).astype(np.uint8) if bits <= 8 else to_levels(pixels)
        yield FilmFrame(time.time, time.duration, levels)


def provenance_tags(
    order: FilmOrder, device: Device, cache: Cache, more: Mapping[str, Any]
) -> Mapping[str, str]:
    """Return the provenance, as files of pictures have it, and more; paths are reduced to names."""
    if not order.encoding.tags:
        return {}
    model = cache.network(order.settings.model or packaged_path("models", "vgg19.onnx"))
    found = provenance_of(order.settings, device, model_hash=model.sha256)
    text = provenance_text(found | {"film": order.film.to_dict(), **more}, "minimal")
    return {"ortstyle": text or ""}
