"""Where a film's file and its folder may be: not where they would overwrite what is read."""

from collections.abc import Iterator
from pathlib import Path

from ortstyle.errors import OutputError
from ortstyle.files import check_ordinary, same_file
from ortstyle.settings.serialization import files_named_by
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.media.output_formats import names_pictures
from ortstyle.video.media.picture_sequence import PictureNames


def check_places(order: FilmOrder) -> None:
    """Check before the work that neither the output nor the folder is an input, or a device.

    Of a film that is written as pictures each one counts, and none may lie among the frames of a
    folder that is read.

    Raises
    ------
    OutputError
        One of them is, or holds an input, or both are the same; or the name of a film's pictures
        has no number.
    """
    if order.output == Path("-"):
        raise OutputError("-o -: a film is written to a file; name it")
    folder = order.work_folder
    check_ordinary(order.output, option="-o")  # first, for in Windows devices are all the same
    check_ordinary(folder, option="--folder")
    if same_file(folder, order.output):
        raise OutputError(f"--folder {folder} is the output; choose another folder for the frames")
    for path in _inputs(order):
        if same_file(path, order.output) or _is_among(path, order.output):
            raise OutputError(
                f"{order.output} would overwrite an input; choose another name with -o"
            )
        if same_file(path, folder) or same_file(path.parent, folder):
            raise OutputError(
                f"{folder} is or holds an input, {path}; choose another folder with --folder"
            )


def _is_among(path: Path, output: Path) -> bool:
    """Return whether a file, or a folder of frames, is where a film is written as pictures."""
    if not names_pictures(output):
        return False
    pictures = PictureNames.of(output)
    if same_file(path, pictures.folder):
        return True
    return pictures.number(path.name) is not None and same_file(path.parent, pictures.folder)


def _inputs(order: FilmOrder) -> Iterator[Path]:
    yield order.source
    yield from order.all_styles
    yield from (path for _, path in files_named_by(order.settings))
