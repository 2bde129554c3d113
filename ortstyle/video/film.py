"""`stylize_film` makes a film from a clip, styles and settings, and tells how far it is."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.errors import OrtStyleError
from ortstyle.run.iterate import Iterate
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.devices import Device
from ortstyle.video.estimate import FilmEstimate, evaluation_seconds
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.film_pace import FilmPace, timed
from ortstyle.video.film_progress import FilmProgress, progress_of
from ortstyle.video.film_reading import read_film
from ortstyle.video.handover import hand_over
from ortstyle.video.media.encode import FilmFrame, write_film
from ortstyle.video.painting.passes import last_pass
from ortstyle.video.palettes import Palettes
from ortstyle.video.preparation import PreparedFilm, prepare
from ortstyle.video.scene_workers import Notice, SceneWorkers
from ortstyle.video.scenes import Scenes
from ortstyle.video.summary import check_disk, estimate_of, summary_of
from ortstyle.video.writing import painted_count, provenance_tags, shown, shown_frames

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def stylize_film(
    order: FilmOrder,
    *,
    device: str | Device = "auto",
    memory: int | None = None,
    cache: Cache | None = None,
    watch: Callable[[Iterate], None] | None = None,
    provenance: Mapping[str, Any] = _NOTHING,
    workers: SceneWorkers | None = None,
) -> "Film":
    """Prepare a film; it is painted as the result is iterated over.

    Everything that can be wrong with the clip, the pictures, the settings, the device, the output
    and the folder is found out before this returns. If the folder holds a part of the same film,
    the film goes on from there, and its frames are the same as if it had not been stopped.

    Parameters
    ----------
    order
        What to paint, how, and where to.
    device
        The name of a device, or "auto" for the best one that passes a probe; or a `Device`.
    memory
        Bytes that the process may take; what does not fit is painted in tiles. By default the free
        memory on the processor, and no limit elsewhere.
    cache
        The cache of the process, which makes later films start sooner; None for one of the film.
    watch
        Called after each evaluation. An error that it raises stops the film, which can go on.
    provenance
        What the film's file is to say beside settings, device and versions.
    workers
        Processes elsewhere that paint the scenes, several at once, each with `memory`; `device`
        and `watch` are not used then. None to paint in this process.

    Raises
    ------
    OrtStyleError
        The message is one line that says what is wrong and how to mend it.
    """
    used = Cache(devices=True) if cache is None else cache
    if workers is not None:  # this device does nothing but bear the name of theirs
        device = replace(find_device("cpu"), name=workers.device)
    prepared = prepare(order, device, used)
    try:
        return Film(
            prepared,
            memory=memory,
            cache=used,
            clears_cache=cache is None,
            watch=watch,
            provenance=provenance,
            workers=workers,
        )
    except BaseException:
        prepared.folder.leave()
        raise


class Film:
    """A film that is being painted: an iterator that yields one `FilmProgress` a frame and phase.

    Once it has ended, the film is written. Closing it before leaves the frames in the folder, and
    releases the folder for other processes. `stylize_film` makes it.

    Attributes
    ----------
    order
        What is asked, with numbers for the size "content" and the seed -1.
    clip
        The clip.
    size
        Width and height of the painted frames in pixels.
    notices
        What a person should know before it is painted.
    file_notices
        What the written file lacks besides that, once it is there.
    """

    def __init__(
        self,
        prepared: PreparedFilm,
        *,
        memory: int | None,
        cache: Cache,
        clears_cache: bool,
        watch: Callable[[Iterate], None] | None,
        provenance: Mapping[str, Any],
        workers: SceneWorkers | None,
    ) -> None:
        self.order, self.clip, self.size = prepared.order, prepared.clip, prepared.size
        self.notices, self.file_notices = prepared.notices, tuple[str, ...]()
        check_disk(prepared)
        self._prepared, self._memory, self._cache = prepared, memory, cache
        self._clears_cache, self._watch, self._provenance = clears_cache, watch, provenance
        self._folder, self._workers = prepared.folder, workers
        self._last = last_pass(self.order.film)
        self._steps = self._run()

    def __iter__(self) -> Iterator[FilmProgress]:
        return self

    def __next__(self) -> FilmProgress:
        return next(self._steps)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop painting and release the folder; closing the film again does nothing."""
        self._steps.close()
        if self._clears_cache:
            self._cache.clear()
        self._folder.close()

    @property
    def frame_count(self) -> int:
        """Number of source frames that were read so far."""
        return self._folder.source_count

    @property
    def estimate(self) -> FilmEstimate | None:
        """What the film takes; None where the clip does not tell its frames."""
        return estimate_of(self._prepared)

    @property
    def painted_count(self) -> int:
        """Number of frames, from the first one without a gap, that are painted."""
        return painted_count(self._folder)

    def summary(self, *, measured: bool = False) -> tuple[str, ...]:
        """Return lines for a person about what will be painted, and what has been already.

        If the time is to be `measured`, a few evaluations are made for it, which takes seconds.
        """
        seconds_each = None
        if measured and not self.has_begun and self._workers is None:
            settings, device = self.order.settings, self._prepared.device
            seconds_each = evaluation_seconds(self.size, settings, device=device)
        return summary_of(self._prepared, seconds_each=seconds_each)

    @property
    def has_begun(self) -> bool:
        """Whether frames have been read, by this process or an earlier one."""
        return bool(self._folder.source_count)

    def write_so_far(self) -> Iterator[FilmProgress]:
        """Write the film up to the first frame that is not painted; call it when it has stopped.

        Nothing is written where the first frame is not painted. The frames stay in the folder.

        Raises
        ------
        OutputError
            The film can't be written.
        """
        self._steps.close()
        if self._folder.has_all_sources:
            yield from self._fill(self._scenes())
        if count := self.painted_count:
            yield from self._write(count)

    def _run(self) -> Generator[FilmProgress, None, None]:
        try:
            yield from read_film(self._prepared)
        except OrtStyleError:
            self._folder.leave()
            raise
        scenes = self._scenes()
        yield from self._paint(scenes)
        yield from self._fill(scenes)
        yield from self._write(self.frame_count)
        if self.order.keep == "nothing":
            self._prepared.masks.remove(self._folder)
        self._folder.finish(self.order.keep)

    def _scenes(self) -> Scenes:
        prepared = self._prepared
        palettes = Palettes(self.order, self._folder, prepared.masks, start=self.clip.start)
        return Scenes(
            self._folder,
            palettes,
            self.order.film,
            device=prepared.device,
            memory=self._memory,
            cache=self._cache,
            watch=self._watch,
            workers=self._workers,
        )

    def _paint(self, scenes: Scenes) -> Iterator[FilmProgress]:
        estimate = self.estimate
        pace = FilmPace(ratio=1.0 if estimate is None else estimate.first_ratio)
        if any(scenes.left):  # the first frame takes long
            yield progress_of("painting", scenes.done, scenes.count, -1, None)
        for painted in scenes.paint():
            if isinstance(painted, Notice):
                done, count = scenes.done, scenes.count
                yield progress_of("painting", done, count, 0, None, notice=painted.text)
                continue
            if painted.evaluations:  # else it is the same as in the pass before
                pace.add(painted.seconds, is_first=painted.is_first)
            firsts, others = scenes.left
            left = pace.seconds_left(firsts=firsts, others=others)
            yield FilmProgress(
                phase="painting",
                done=scenes.done,
                count=scenes.count,
                index=painted.index,
                seconds_each=pace.seconds_each,
                seconds_left=None if left is None else left / scenes.at_once,
                _pixels=partial(self._shown, painted.index, painted.pass_),
            )

    def _fill(self, scenes: Scenes) -> Iterator[FilmProgress]:
        """Make the frames between painted ones."""
        folder, last = self._folder, self._last
        count = sum(len(folder.remaining(gap, pass_=last)) for gap in scenes.gaps)
        for done, (index, seconds_each) in enumerate(timed(scenes.fill()), 1):
            pixels = partial(self._shown, index, last)
            yield progress_of("between", done, count, index, seconds_each, pixels=pixels)

    def _write(self, count: int) -> Iterator[FilmProgress]:
        """Write the film's file from the first so many frames."""
        folder, (begin, end) = self._folder, self._prepared.span
        if count < folder.source_count:
            end = folder.times[count].time
        frames = shown_frames(
            folder, count, self.order.settings, passes=self._last, bits=self.clip.bits
        )

        def write(taken: Iterator[FilmFrame]) -> tuple[str, ...]:
            return write_film(
                self.order.output,
                taken,
                self.clip,
                size=self.size,
                encoding=self.order.encoding,
                begin=begin,
                end=end,
                tags=provenance_tags(
                    self.order, self._prepared.device, self._cache, self._provenance
                ),
            )

        notices: tuple[str, ...] = ()

        def handed() -> Iterator[int]:
            nonlocal notices
            notices = yield from hand_over(frames, write)

        for done, seconds_each in timed(handed()):
            yield progress_of("writing", done, count, done - 1, seconds_each)
        self.file_notices = tuple(each for each in notices if each not in self.notices)

    def _shown(self, index: int, pass_: int) -> NDArray[np.float32]:
        return shown(self._folder, index, self.order.settings, pass_=pass_)
