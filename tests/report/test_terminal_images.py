"""Images as escape sequences, which the tests decode again."""

import io
import re
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from PIL import Image

from ortstyle.report import terminal_images
from ortstyle.report.terminal_images import (
    detect_protocol,
    encode_iterm,
    encode_kitty,
    encode_sixel,
)


def colors(width=31, height=20):
    """Make an image of few colours, whose levels are whole percents as in sixels."""
    y, x = np.mgrid[:height, :width]
    levels = np.stack([x // 8 * 20, y // 5 * 25, (x + y) % 2 * 100], -1)
    return Image.fromarray(np.rint(levels * 2.55).astype(np.uint8))


def noise(side=200):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))


def same(found, expected):
    return found.size == expected.size and found.convert("RGB").tobytes() == expected.tobytes()


@pytest.mark.parametrize("image", [colors(), noise()], ids=["small", "in chunks"])
def test_kitty(image):
    text = encode_kitty(image, 10)
    escapes = re.findall(r"\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\", text)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in escapes) == text
    keys = dict(pair.split("=") for pair in escapes[0][0].split(","))
    assert (keys["a"], keys["f"], keys["q"], keys["r"]) == ("T", "100", "2", "10")
    more = [re.search(r"m=(\d)", keys)[1] for keys, _ in escapes]
    assert more == ["1"] * (len(escapes) - 1) + ["0"]
    assert all(len(data) <= 4096 and len(data) % 4 == 0 for _, data in escapes)
    data = b64decode("".join(data for _, data in escapes), validate=True)
    with Image.open(io.BytesIO(data)) as found:
        assert found.format == "PNG"
        assert same(found, image)


def test_iterm():
    image = colors()
    found = re.fullmatch(r"\x1b]1337;File=([^:]*):([A-Za-z0-9+/=]*)\x07", encode_iterm(image, 10))
    keys = dict(pair.split("=") for pair in found[1].split(";"))
    data = b64decode(found[2], validate=True)
    assert (keys["inline"], keys["height"], keys["size"]) == ("1", "10", str(len(data)))
    with Image.open(io.BytesIO(data)) as shown:
        assert same(shown, image)


def decode(text):
    """Return the pixels and the palette, in percents, that a terminal reads from sixels."""
    body = re.fullmatch(r'\x1bPq"1;1;(\d+);(\d+)([^\x1b]*)\x1b\\', text)
    width, height = int(body[1]), int(body[2])
    pixels = np.full((height, width, 3), -1)
    palette, color, x, top = {}, None, 0, 0
    tokens = r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)([?-~])|([?-~])|([$-])"
    assert "".join(match[0] for match in re.finditer(tokens, body[3])) == body[3]
    for match in re.finditer(tokens, body[3]):
        new, *levels, chosen, count, repeated, single, control = match.groups()
        if new:
            palette[new] = [int(level) for level in levels]
        elif chosen:
            color = palette[chosen]
        elif control:
            x, top = 0, top + 6 * (control == "-")
        else:
            bits = ord(repeated or single) - 63
            for _ in range(int(count or 1)):
                for row in range(6):
                    if bits >> row & 1:
                        pixels[top + row, x] = color
                x += 1
            assert x <= width
    return pixels, palette


def test_sixel_of_few_colors_is_exact():
    image = colors()
    pixels, _ = decode(encode_sixel(image, 10))
    assert np.array_equal(np.rint(pixels * 2.55), np.asarray(image))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9))
def test_sixel_paints_every_pixel(width, height, seed):
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    pixels, palette = decode(encode_sixel(Image.fromarray(levels), 10))
    assert pixels.shape == levels.shape
    assert pixels.min() >= 0
    assert pixels.max() <= 100
    assert len(palette) <= 64


def test_sixel_is_near_and_fits_its_rows():
    y, x = np.mgrid[:400, :300]
    image = Image.fromarray(np.stack([x % 256, y % 256, 0 * x], -1).astype(np.uint8))
    pixels, _ = decode(encode_sixel(image, 10))
    assert pixels.shape == (160, 120, 3)
    expected = np.asarray(image.resize((120, 160)), float)
    assert np.abs(pixels * 2.55 - expected).mean() < 15
    assert image.size == (300, 400)  # the given image is unchanged


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({}, None),
        ({"TERM": "xterm-256color"}, None),
        ({"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-sixel"}, "sixel"),
        ({"TERM": "mlterm-256color"}, "sixel"),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "screen.xterm", "TERM_PROGRAM": "iTerm.app"}, None),
        ({"TERM": "xterm-kitty", "TERM_PROGRAM": "tmux"}, None),
    ],
)
def test_the_terminal_is_told_by_its_environment(environment, protocol):
    expected = protocol and getattr(terminal_images, f"encode_{protocol}")
    assert detect_protocol(environment) is expected
