"""Markdown files taken apart: links, anchors, code, and the paths that they name."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(
    r"^(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)
_INDENTED = re.compile(r"(?:^ {4}\S.*\n)+", re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INLINE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_PATH = re.compile(
    r"(?<![\w/.<:-])(?:ortstyle|tests|docs|benchmarks|export|models)/[\w./-]*[\w/]", re.ASCII
)


@dataclass(frozen=True)
class Page:
    """A Markdown file: its text, and its path, to which links are relative."""

    path: Path
    source: str

    @classmethod
    def read(cls, path: Path) -> "Page":
        return cls(path, path.read_text("utf-8"))

    @property
    def text(self) -> str:
        return _COMMENT.sub("", self.source)

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _INDENTED.sub("\n", _FENCE.sub("", self.text))

    def blocks(self, language: str) -> list[str]:
        """Return the fenced blocks of a language."""
        return [
            found["text"] for found in _FENCE.finditer(self.text) if found["language"] == language
        ]

    def anchors(self) -> set[str]:
        """Return the anchors of the headings, as GitHub makes them."""
        anchors: set[str] = set()
        for heading in _HEADING.findall(self.prose):
            plain = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            anchor, k = plain, 0
            while anchor in anchors:
                anchor, k = f"{plain}-{k + 1}", k + 1
            anchors.add(anchor)
        return anchors

    def links(self) -> list[str]:
        """Return the targets of links and images that are not on other machines."""
        links = _LINK.findall(_INLINE.sub("", self.prose))
        return [link for link in links if not re.match(r"[a-z]+:", link)]

    def commands(self) -> list[list[str]]:
        """Return the arguments of every `ortstyle` command, in code blocks and in the text."""
        fenced = [found["text"] for found in _FENCE.finditer(self.text)]
        indented = _INDENTED.findall(_FENCE.sub("", self.text))
        lines = [line for block in (*fenced, *indented) for line in block.splitlines()]
        spans = [" ".join(span.split()) for span in _INLINE.findall(self.prose)]
        parts = [part for line in (*lines, *spans) for part in re.split(r"&&|;", line)]
        return [shlex.split(part)[1:] for part in parts if part.strip().startswith("ortstyle ")]

    def paths(self) -> set[str]:
        """Return the files and folders of the repository that the page names."""
        return set(_PATH.findall(re.sub(r"\]\([^()]*\)", "]", self.text)))


def broken_links(page: Page) -> list[str]:
    """Return the links whose file is not there, or has no such heading."""
    broken = []
    for link in page.links():
        target, _, anchor = link.partition("#")
        path = (page.path.parent / target).resolve() if target else page.path
        found = path.exists() and (not anchor or anchor in Page.read(path).anchors())
        broken += [] if found else [link]
    return broken


def missing_paths(page: Page) -> list[str]:
    """Return the paths of the repository that a page names and that are not there."""
    return sorted(path for path in page.paths() if not (ROOT / path).exists())
