"""OpenCV, imported when it is first needed, or the line that says how to install it."""

from types import ModuleType

from ortstyle.errors import FilmError


def opencv() -> ModuleType:
    """Return the module `cv2`.

    Raises
    ------
    FilmError
        OpenCV is not installed.
    """
    try:
        import cv2  # noqa: PLC0415  heavy, and an extra
    except ImportError as error:
        raise FilmError('Films need OpenCV: pip install "ortstyle[video]"') from error
    return cv2
