"""The text that ortstyle has written into a film's file, which says how it was made."""

from pathlib import Path

from ortstyle.pictures.pillow_guard import MAX_PIXELS
from ortstyle.video.media.output_formats import FORMATS
from ortstyle.video.media.video_file import open_video

KEY = "ortstyle"
"""The tag that holds it; where a format holds certain tags only, it is a line of the comment."""


def read_film_text(path: Path) -> str | None:
    """Return the text in the tags of a film; None where there is none.

    GIF, APNG and WebP hold none.

    Raises
    ------
    FilmError
        The file can't be read, or is no film; or PyAV is not installed.
    """
    row = FORMATS.get(path.suffix.lower())
    if row is not None and row.kind == "animation":
        return None
    with open_video(path, max_pixels=MAX_PIXELS) as film:
        tags = {key.lower(): value for key, value in film.container.metadata.items()}
    if KEY in tags:
        return tags[KEY]
    start = f"{KEY}: "
    lines = tags.get("comment", "").splitlines()
    return next((line.removeprefix(start) for line in lines if line.startswith(start)), None)
