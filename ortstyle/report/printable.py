"""Text of unknown origin, such as file names, in a form that is safe to print."""

from unicodedata import category

# Joiners occur in ordinary names: in emoji, and in Persian and Indian scripts.
_KEPT = {"\u200c", "\u200d"}
# Unicode's categories of control and format characters, surrogates, and separators of lines.
_ESCAPED = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def printable(text: str) -> str:
    r"""Return text in which characters that could disturb a terminal or a log are escaped.

    These are control characters, such as ESC and the line feed, characters that change the
    direction of text, and the surrogates by which Python represents bytes of a file name that are
    not UTF-8. ``"a\x1b[2J.png"`` becomes ``"a\\x1b[2J.png"``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if category(character) not in _ESCAPED or character in _KEPT:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that could not be decoded
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
