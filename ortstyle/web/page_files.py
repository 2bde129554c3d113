"""The page's own files, and those of the studio's page and of the package that it uses.

A file that the page names and does not have itself is the studio's, by the same name: a module that
it imports, an icon, a style sheet; or it is one of the package's example pictures. What such a file
names is taken too, and nothing else.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from ortstyle.errors import SiteError

#: What a site has besides its page; see `ortstyle.web.site`.
GENERATED = ("graphs/", "runtime/", "recorded.json.gz", "site.json", "vgg19.gz")
_EXAMPLES = "examples/"
_SKIPPED = (".", "__")  # beginnings of names
_COMMENT = re.compile(r"^\s*(?:/?\*|//).*$", re.MULTILINE)
_JAVASCRIPT = (
    re.compile(r'\bfrom\s*"(\.{1,2}/[^"]+)"'),
    re.compile(r'\bimport\s*\(?\s*"(\.{1,2}/[^"]+)"'),
    re.compile(r'\bnew URL\(\s*"([^":]+)",\s*import\.meta\.url'),
)
_BY_KIND = {
    ".css": (re.compile(r'url\(\s*["\']?([^"\')#:]+)["\']?\s*\)'),),
    ".html": (re.compile(r'\s(?:src|href)="([^"#:]+)"'),),
    ".js": _JAVASCRIPT,
    ".mjs": _JAVASCRIPT,
}


def page_files(
    page: Traversable | None = None,
    studio: Traversable | None = None,
    examples: Traversable | None = None,
) -> dict[str, bytes]:
    """Return the files by their names in the site, such as `app/main.js`.

    Parameters
    ----------
    page, studio, examples
        The folders; by default those of the package. The files of the last are named `examples/…`.

    Raises
    ------
    SiteError
        A file that another one names is in none of the folders.
    """
    page = page or files("ortstyle.web") / "page"
    studio = studio or files("ortstyle.studio") / "page"
    examples = examples or files("ortstyle") / "examples"
    found = dict(_all_files(page, ""))
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        for other in _names_in(name, found):
            if other in found or other.startswith(GENERATED):
                continue
            is_example = other.startswith(_EXAMPLES)
            folder = examples if is_example else studio
            source = folder.joinpath(*other.removeprefix(_EXAMPLES).split("/"))
            if other.startswith("..") or not source.is_file():
                raise SiteError(f"the page's file {name} names {other}, which does not exist")
            found[other] = source.read_bytes()
            waiting.append(other)
    return dict(sorted(found.items()))


def _all_files(folder: Traversable, before: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.name.startswith(_SKIPPED):
            continue
        if entry.is_dir():
            yield from _all_files(entry, f"{before}{entry.name}/")
        else:
            yield before + entry.name, entry.read_bytes()


def _names_in(name: str, found: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the names of the files that a file names; one that ends with a slash is a folder's."""
    patterns = _BY_KIND.get(posixpath.splitext(name)[1])
    if patterns is None:
        return
    text = found[name].decode()
    if patterns is _JAVASCRIPT:
        text = _COMMENT.sub("", text)
    for pattern in patterns:
        for link in pattern.findall(text):
            if not link.endswith("/"):
                yield posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
