"""What a picture of the set is: name, kind, author, licence, where from, and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from pair_pictures.packages import Packaged, Packages

LONGEST = 1280  # pixels, the longer side of a picture
PUBLIC, CC0, BY4 = "public domain", "CC0-1.0", "CC-BY-4.0"

Make = Callable[..., Image.Image]


@dataclass(frozen=True)
class Source:
    """A photograph or a style.

    Parameters
    ----------
    name
        Unique among the photographs or the styles, for the file's name.
    kind
        "photograph" or "style".
    shows
        What a photograph shows ("people"), or the group that a style belongs to ("cloth").
    author, licence
        Of the picture, not of the package.
    files
        What it is made of; none if a script paints it from nothing.
    make
        Returns the picture from those files' pictures; None if it is the one file itself.
    by_script
        Whether `make` paints a picture of its own, which may differ by a level or two from one
        version of NumPy or Pillow to another.
    """

    name: str
    kind: str
    shows: str
    author: str
    licence: str
    files: tuple[Packaged, ...] = ()
    make: Make | None = None
    by_script: bool = False

    @property
    def where_from(self) -> str:
        """Where the picture comes from, in words."""
        files = "; ".join(map(str, self.files))
        if not self.by_script:
            return files
        return f"painted by a script after {files}" if files else "painted by a script"

    def picture(self, packages: Packages) -> Image.Image:
        """Return the picture, RGB, `LONGEST` pixels at most.

        Raises
        ------
        PictureMissingError
            If a package or a file in it can't be had.
        """
        read = [packages.read(file) for file in self.files]
        image = self.make(*read) if self.make else read[0]
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        return image

    def path(self, folder: Path) -> Path:
        """Return the file of the picture in a folder."""
        return folder / f"{self.kind}-{self.name}.png"


def painted(name: str, shows: str, paint: Make, *, kind: str = "style") -> Source:
    """Return a picture that a script paints from nothing."""
    return Source(name, kind, shows, "ortstyle", "as ortstyle", (), paint, by_script=True)


def gcompris(path: str, sha256: str) -> Packaged:
    """Return a file of GCompris, by "ACTIVITY:PATH"."""
    activity, _, inner = path.partition(":")
    resource = f"usr/share/gcompris-qt/rcc/{activity}.rcc"
    return Packaged("gcompris-qt-data", f"{resource}:{inner}", sha256)


def palapeli(name: str, sha256: str) -> Packaged:
    """Return a picture of the jigsaw puzzle game Palapeli."""
    return Packaged("palapeli-data", f"usr/share/palapeli/collection/{name}", sha256)


def lomiri(name: str, sha256: str) -> Packaged:
    """Return a picture of the wallpapers of Lomiri."""
    return Packaged("lomiri-wallpapers-16.04", f"usr/share/backgrounds/{name}", sha256)
