"""Requests for frames of a film, each with those files that its worker does not have yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ortstyle.jobs.cluster_film_files import PackedFiles, painted_name, parse_frame, source_name
from ortstyle.jobs.cluster_film_request import FilmRequest
from ortstyle.pictures.read import Source
from ortstyle.settings.serialization import files_named_by, with_paths
from ortstyle.video.painting.passes import Step
from ortstyle.video.scene_workers import FilmWork


@dataclass(frozen=True, kw_only=True)
class SendingOptions:
    """What all requests for a film say.

    Attributes
    ----------
    film
        A name that no other film has.
    device
        Name of the device to paint on.
    threads
        Threads that each worker is to use; 0 to leave it to them.
    is_shared
        Whether the workers see the folder of the film under the same path.
    """

    film: str
    device: str
    threads: int = 0
    is_shared: bool = False


class FilmSender:
    """Makes requests, and knows which files each worker has got.

    Parameters
    ----------
    work
        The film.
    options
        What all requests say.
    """

    def __init__(self, work: FilmWork, options: SendingOptions) -> None:
        self._work, self._options = work, options
        self._files = PackedFiles()
        self._known, self._lacking = dict[str, set[str]](), dict[str, set[str]]()
        paths = {str(path): path for _, path in files_named_by(work.settings)}
        self._named = {text: self._files.name_of(path) for text, path in paths.items()}
        self._settings = with_paths(
            work.settings.to_dict(), lambda path: self._named.get(str(Path(path)), path)
        )

    def request(
        self, part: str, step: Step, *, worker: str, shares: Mapping[str, int], is_last: bool
    ) -> tuple[str, dict[str, bytes]]:
        """Return a request as JSON, and the files that go with it.

        Parameters
        ----------
        part, step, is_last
            As in `FilmRequest`.
        worker
            Who is to get it.
        shares
            Threads of the workers, by their addresses.

        Raises
        ------
        OrtStyleError
            A style, a mask or a frame can't be read.
        """
        work, options = self._work, self._options
        palette = work.palette_at(step.index)
        styles = tuple(map(self._files.name_of, palette.styles))
        masks = None if palette.masks is None else tuple(map(self._mask_name, palette.masks))
        files = {*styles, *filter(None, masks or ()), *self._named.values()}
        frames = _frames_of(step)
        request = FilmRequest(
            film=options.film,
            part=part,
            is_last=is_last,
            step=step,
            size=work.folder.record.size,
            settings=self._settings,
            film_settings=work.film.to_dict(),
            styles=styles,
            weights=palette.weights,
            masks=masks,
            needs=tuple(sorted({*frames, *files})),
            device=options.device,
            memory=work.memory,
            threads=options.threads,
            shares=shares,
            folder=str(work.folder.path.absolute()) if options.is_shared else None,
        )
        known = self._known.setdefault(worker, set())
        lacking = self._lacking.setdefault(worker, set())
        sent = {name: self._files.content_of(name) for name in files - known}
        for name in frames.keys() - known:
            if not options.is_shared or name in lacking:
                sent[name] = self._frame_file(*frames[name])
        known.update(request.needs, [painted_name(step.index, step.pass_)])
        self._files.forget_arrays(but=files)
        return request.to_json(), sent

    def note_missing(self, worker: str, names: frozenset[str]) -> None:
        """Note that a worker lacks files, or has found them to be damaged.

        Raises
        ------
        DamagedFrameError
            The film's folder itself holds a damaged frame.
        """
        self._known.setdefault(worker, set()).difference_update(names)
        self._lacking.setdefault(worker, set()).update(names)
        for name in names:
            match parse_frame(name):
                case "source", _, index:
                    self._work.folder.source(index)
                case "painted", pass_, index:
                    self._work.folder.painted(index, pass_=pass_)

    def forget_worker(self, worker: str) -> None:
        """Note that a worker is lost, and what it had with it."""
        self._known.pop(worker, None)
        self._lacking.pop(worker, None)

    def _mask_name(self, mask: Source | None) -> str | None:
        return None if mask is None else self._files.name_of(mask)

    def _frame_file(self, pass_: int, index: int) -> bytes:
        folder = self._work.folder
        return folder.painted_file(index, pass_=pass_) if pass_ else folder.source_file(index)


def _frames_of(step: Step) -> dict[str, tuple[int, int]]:
    """Return pass and number of the frames that a step may take by their names; pass 0: sources."""
    found = {source_name(index): (0, index) for index in step.sources}
    return found | {painted_name(index, pass_): (pass_, index) for index, pass_ in step.paintings}
