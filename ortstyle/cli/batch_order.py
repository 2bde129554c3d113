"""The order of the words of a batch's command line, which tells photographs from paintings."""

from collections.abc import Sequence
from pathlib import Path

from ortstyle.errors import SettingsError


def check_order(arguments: Sequence[str], contents: Sequence[str]) -> None:
    """Refuse what a shell makes of a pattern of paintings without quotes.

    Of ``--style paintings/*.jpg`` the option takes the first painting, and the others would be
    photographs.

    Parameters
    ----------
    arguments
        The command line.
    contents
        The photographs in it, in their order.

    Raises
    ------
    SettingsError
        A photograph follows a painting, and it looks like another painting.
    """
    words = list(arguments)
    if "--style" not in words or not contents:
        return
    has_content_before = words.index(contents[0]) < words.index("--style")
    for option, style, after in zip(words, words[1:], words[2:], strict=False):
        if option != "--style" or after not in contents:
            continue
        folder = Path(after).parent
        if has_content_before or (folder == Path(style).parent and folder.name):
            raise SettingsError(
                f"{after} follows --style {style}, but is no value of it; put a pattern in quotes, "
                "--style before each painting, and the photographs before --style"
            )
