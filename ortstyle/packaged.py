"""The files that ship with ortstyle."""

from pathlib import Path


def packaged(folder: str, name: str) -> Path:
    """Find a file that ships with ortstyle, in the package or in a checkout."""
    inside = Path(__file__).parent / folder / name
    return inside if inside.exists() else Path(__file__).parents[1] / folder / name
