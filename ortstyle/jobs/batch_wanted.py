"""What a batch shall paint: every content with every style, or what a manifest lists."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ortstyle.errors import OrtStyleError
from ortstyle.files import follow_links
from ortstyle.jobs.done import find_done
from ortstyle.jobs.folders import FoundPicture
from ortstyle.jobs.manifest import ManifestRow, read_manifest
from ortstyle.jobs.naming import OWN_PREFIX
from ortstyle.jobs.planned_job import Wanted
from ortstyle.jobs.store import State, Store
from ortstyle.video.media.quick_look import looks_like_film


def store_path(folder: Path) -> Path:
    """Return the file of the store in a folder of results."""
    return follow_links(folder) / OWN_PREFIX / "jobs.sqlite"


def every_pair(contents: Sequence[FoundPicture], styles: Sequence[FoundPicture]) -> list[Wanted]:
    """Return what paints each content with each style alone, content by content."""
    return [
        Wanted(
            content=content.path,
            styles=(style.path,),
            folder=content.folder,
            is_film=content.is_film,
        )
        for content in contents
        for style in styles
    ]


def without_results(contents: Sequence[FoundPicture], folder: Path) -> Sequence[FoundPicture]:
    """Leave out the pictures in a folder of results that jobs of its own have painted.

    A shell that replaces ``*.png`` names them like any other.
    """
    real, store = follow_links(folder), store_path(folder)
    if not store.is_file() or not any(_is_below(one.path, real) for one in contents):
        return contents
    painted: set[Path] = set()
    with Store(store) as opened:
        for row in opened.list():
            with suppress(OrtStyleError):  # its data are those of another version
                # A process that was killed may not have told that the job is done.
                if row.state is State.DONE or find_done(row.job):
                    painted.add(row.job.output)
    return [one for one in contents if follow_links(one.path) not in painted]


def _is_below(path: Path, folder: Path) -> bool:
    return follow_links(path).is_relative_to(folder)


def rows_of(manifest: Path, styles: Sequence[FoundPicture]) -> list[Wanted]:
    """Return what the rows of a manifest ask for; a row without styles has each of `styles`.

    Raises
    ------
    SettingsError, JobError
        The manifest can't be used; see `read_manifest`.
    """
    found = []
    for row in read_manifest(manifest):
        origin = f"{manifest.name}, line {row.line}"
        one = _wanted(row, origin)
        if row.styles or row.error:
            found.append(one)
        elif not styles:
            why = "style is missing; name one in the column style, or with --style"
            found.append(replace(one, error=why))
        else:
            found += [replace(one, styles=(style.path,)) for style in styles]
    return found


def _wanted(row: ManifestRow, origin: str) -> Wanted:
    return Wanted(
        content=row.content,
        styles=row.styles,
        output=row.output,
        preset=row.preset,
        values=row.values,
        origin=origin,
        error=row.error,
        is_film=not row.error and looks_like_film(row.content),
    )
