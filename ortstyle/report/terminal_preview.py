"""The preview of the picture in the terminal while it is being painted."""

from time import perf_counter
from typing import Protocol

from PIL import Image
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import ControlType, Segment

from ortstyle.report.terminal_images import ImageProtocol

_SECONDS = 4  # between two previews
_SIZE = 480, 240  # largest width and height in pixels
_ROWS = 10  # of text that a preview covers


class Previewed(Protocol):
    """What has a picture to show: an `Iterate`, or the progress of a film."""

    @property
    def notice(self) -> str:
        """What is printed above the picture; empty for nothing."""

    def thumbnail(self, size: tuple[int, int]) -> Image.Image:
        """Return the picture within a width and height in pixels."""


class TerminalPreview:
    """Shows the best picture so far in the terminal, above the progress bar, every few seconds.

    Each preview covers the one before, unless text was printed between them.

    Parameters
    ----------
    console
        The console that shows the progress bar.
    protocol
        The image protocol that the console's terminal understands.
    """

    def __init__(self, console: Console, protocol: ImageProtocol) -> None:
        self._console, self._protocol = console, protocol
        self._next = 0.0  # when the next preview is due, on the clock of `perf_counter`
        self._has_room = False  # whether the rows above the progress bar are the preview's

    def update(self, iterate: Previewed) -> None:
        """Show the picture of an iterate if a preview is due and the terminal is high enough."""
        if iterate.notice:  # was printed between the preview and the progress bar
            self._has_room = False
        if perf_counter() < self._next or self._console.height < _ROWS + 2:
            return
        self._next = perf_counter() + _SECONDS
        if not self._has_room:
            self._console.print("\n" * _ROWS, end="")
            self._has_room = True
        escapes = self._protocol(iterate.thumbnail(_SIZE), _ROWS)
        # Save the cursor's position, move up, show the picture, restore the position.
        self._console.print(_EscapeSequence(f"\x1b7\x1b[{_ROWS}A{escapes}\x1b8"), end="")


class _EscapeSequence:
    """Text that a rich console sends to the terminal unchanged."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # rich looks at the kind of a control only on legacy Windows consoles; any kind will do.
        yield Segment(self._text, None, [(ControlType.HOME,)])
