"""The scenes of a film: painted here or by workers, with frames made between painted ones."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from itertools import pairwise

from ortstyle.run.iterate import Iterate
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.devices import Device
from ortstyle.settings.film import FilmSettings
from ortstyle.video.frames.film_folder import FilmFolder
from ortstyle.video.painting.between import Neighbour, between
from ortstyle.video.painting.passes import last_pass, painted_indices
from ortstyle.video.painting.scene_painter import PaintedFrame, paint_scene
from ortstyle.video.palettes import Palettes
from ortstyle.video.reading import eight_bits
from ortstyle.video.scene_workers import FilmWork, Notice, SceneWorkers, parts_of


class Scenes:
    """The frames of a film, to be painted scene by scene; what is painted is not painted again.

    Parameters
    ----------
    folder
        The folder of the film, with all source frames.
    palettes
        What each frame is painted with.
    film
        How frames hang together.
    device, memory, cache, watch
        As `painting.scene_painter.paint_scene` takes them.
    workers
        What paints the scenes, several at once; None to paint one after the other in this process.
    """

    def __init__(
        self,
        folder: FilmFolder,
        palettes: Palettes,
        film: FilmSettings,
        *,
        device: Device,
        memory: int | None,
        cache: Cache,
        watch: Callable[[Iterate], None] | None = None,
        workers: SceneWorkers | None = None,
    ) -> None:
        self._folder, self._palettes, self._film = folder, palettes, film
        self._device, self._memory, self._cache, self._watch = device, memory, cache, watch
        self._workers = workers
        self._last = last_pass(film)
        self._painted = [painted_indices(scene, film) for scene in folder.scenes]
        missing = sum(
            not folder.is_painted(index, pass_=pass_)
            for indices in self._painted
            for index in indices
            for pass_ in range(1, self._last + 1)
        )
        new_scenes = sum(not folder.is_painted(indices[0]) for indices in self._painted)
        firsts = missing if film.consistency == "none" else new_scenes
        self._left = [missing - firsts, firsts]
        #: How often a frame is painted, in all passes together.
        self.count = self._last * sum(map(len, self._painted))

    @property
    def left(self) -> tuple[int, int]:
        """How many frames that begin a scene, and how many others, are still to be painted."""
        others, firsts = self._left
        return firsts, others

    @property
    def done(self) -> int:
        """How often a frame was painted, in all passes together."""
        return self.count - sum(self._left)

    @property
    def at_once(self) -> int:
        """How many frames are painted at once."""
        return 1 if self._workers is None else self._workers.at_once

    def paint(self) -> Iterator[PaintedFrame | Notice]:
        """Paint what is missing; yield each frame once it is in the folder, and notices.

        Raises
        ------
        OrtStyleError
            A frame can't be painted, read or kept.
        """
        with closing(self._paint_here() if self._workers is None else self._paint_there()) as steps:
            for painted in steps:
                if isinstance(painted, PaintedFrame):
                    kind = int(painted.is_first)
                    self._left[kind] = max(0, self._left[kind] - 1)
                yield painted

    def _paint_here(self) -> Generator[PaintedFrame, None, None]:
        for scene in self._folder.scenes:
            yield from paint_scene(
                self._folder,
                scene,
                palette_at=self._palettes.at,
                settings=self._palettes.settings,
                film=self._film,
                device=self._device,
                memory=self._memory,
                cache=self._cache,
                watch=self._watch,
            )

    def _paint_there(self) -> Generator[PaintedFrame | Notice, None, None]:
        work = FilmWork(
            folder=self._folder,
            palette_at=self._palettes.at,
            settings=self._palettes.settings,
            film=self._film,
            memory=self._memory,
            parts=parts_of(self._folder, self._film),
        )
        if self._workers is not None and work.parts:
            yield from self._workers.paint(work)

    @property
    def gaps(self) -> list[range]:
        """The frames between neighbouring painted ones, as far as they can be made and are not."""
        found = []
        for indices in self._painted:
            for ends in pairwise(indices):
                gap = range(ends[0] + 1, ends[1])
                if all(self._folder.is_painted(end, pass_=self._last) for end in ends) and (
                    self._folder.remaining(gap, pass_=self._last)
                ):
                    found.append(gap)
        return found

    def fill(self) -> Iterator[int]:
        """Make the frames in the gaps; yield each once it is in the folder.

        Raises
        ------
        OrtStyleError
            A frame can't be read or kept.
        """
        folder, pass_ = self._folder, self._last
        for gap in self.gaps:
            before, after = (self._neighbour(end) for end in (gap.start - 1, gap.stop))
            begin, end = (folder.times[index].time for index in (gap.start - 1, gap.stop))
            for index in folder.remaining(gap, pass_=pass_):
                source = eight_bits(folder.source(index))
                position = float((folder.times[index].time - begin) / (end - begin))
                pixels = between(before, after, source, position=position)
                folder.put_painted(index, pixels, pass_=pass_)
                yield index

    def _neighbour(self, index: int) -> Neighbour:
        painted = self._folder.painted(index, pass_=self._last)
        return Neighbour(painted=painted, source=eight_bits(self._folder.source(index)))
