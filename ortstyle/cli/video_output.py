"""Where a film goes: a film that was begun keeps its name, and a new one replaces no other."""

from itertools import count
from pathlib import Path

from ortstyle.cli.existing_results import default_path
from ortstyle.cli.messages import say
from ortstyle.errors import OutputError
from ortstyle.files import writing_errors
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.frames.film_folder import has_film

_SUFFIX = ".mp4"


def default_film_path(clip: Path, style: Path) -> Path:
    """Return the default name of a film, `CLIP-STYLE.mp4`; stems that are too long are cut."""
    name = clip.resolve().name if clip.name in {"", ".", ".."} else clip.name
    stem = name if clip.is_dir() else Path(name).stem
    found = default_path(stem, style.stem)
    return found.with_name(f"{found.name.removesuffix('.png')}{_SUFFIX}")


def film_path(default: Path, *, overwrite: bool | None) -> Path:
    """Return where a film without a given name goes, and say so if it is another name than usual.

    Parameters
    ----------
    default
        The usual name. If there is such a file, the name is numbered, unless it is a film that was
        begun and is not finished.
    overwrite
        Whether files may be replaced, as `--overwrite` says; None if nothing was said.

    Raises
    ------
    OutputError
        The file system refuses the name.
    """
    if overwrite:
        return default
    numbered = (default.with_name(f"{default.stem}-{number}{_SUFFIX}") for number in count(2))
    with writing_errors(default):
        if not default.exists() or _is_begun(default):
            return default
        found = next(path for path in numbered if not path.exists() or _is_begun(path))
    say(f"{default} exists, so the film goes to {found}; --overwrite would replace the old one")
    return found


def refuse_existing_film(order: FilmOrder) -> None:
    """Raise an `OutputError` if the film exists, for `--no-overwrite`; not the film so far."""
    from ortstyle.video.media.output_formats import names_pictures  # noqa: PLC0415  NumPy
    from ortstyle.video.media.picture_sequence import PictureNames  # noqa: PLC0415  the same

    with writing_errors(order.output):
        exists = order.output.exists()
        if not exists and names_pictures(order.output):
            exists = bool(PictureNames.of(order.output).existing())
    if exists and not has_film(order.work_folder):
        raise OutputError(
            f"{order.output} exists, and --no-overwrite keeps it; choose another name, or give "
            "--overwrite"
        )


def _is_begun(output: Path) -> bool:
    return has_film(output.with_name(f"{output.name}.frames"))
