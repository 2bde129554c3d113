"""The files of the page: read once from the package, and served by their names only."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

#: By the end of a file's name; the system's own table is wrong on some machines.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class PageFile:
    """A file of the page: its bytes, their media type and their ETag, and the bytes compressed."""

    data: bytes
    media_type: str
    tag: str
    compressed: bytes


def page_files(folder: Traversable | None = None) -> Mapping[str, PageFile]:
    """Return the files of the page by their names in its folder, such as "js/main.js".

    Parameters
    ----------
    folder
        By default that of the package. What is no file of a page there, is left out.
    """
    found: dict[str, PageFile] = {}
    _collect(folder or files("ortstyle.studio") / "page", "", found)
    return found


def _collect(folder: Traversable, before: str, found: dict[str, PageFile]) -> None:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            _collect(entry, f"{before}{entry.name}/", found)
            continue
        dot = entry.name.rfind(".")
        media_type = _MEDIA_TYPES.get(entry.name[dot:]) if dot > 0 else None
        if media_type:
            data = entry.read_bytes()
            tag = f'"{sha256(data).hexdigest()[:20]}"'
            found[f"{before}{entry.name}"] = PageFile(
                data, media_type, tag, gzip.compress(data, mtime=0)
            )
