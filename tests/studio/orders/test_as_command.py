"""The commands that a page shows paint what was ordered, whatever the pictures are called."""

import ast
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from studio_orders import MASK, OTHER, PAINTING, PHOTOGRAPH, START, order_data, two_paintings

import ortstyle
from ortstyle.cli.main import main
from ortstyle.studio.orders.as_command import as_command
from ortstyle.studio.orders.order import Order

IDS = (PHOTOGRAPH, PAINTING, OTHER, MASK, START)
NAMES = dict(
    zip(IDS, ["photo.png", "starry night.png", "wave.png", "sky.png", "before.png"], strict=True)
)
#: Names that a shell would read in another way.
AWKWARD = [
    *("it's.png", "a;b.png", "$HOME.png", "`x`.png", "-rf.png", "a,b.png", "@x.png", "~.png"),
    *("100%.png", "a&b (1).png", "#1.png", "it\u2019s.png", "\u2018q\u201b.png", "[x]{y}.png"),
    *("grüße 写真.png", "a  b.png", "=x.png"),
]
ORDERS = {
    "least": {},
    "all": {
        "paintings": two_paintings(weight=2, scale=0.3, mask=MASK),
        "preset": "bold",
        "start": START,
        "device": "cpu",
        "location": True,
        "settings": {
            "size": 700,
            "seed": -1,
            "style_layers": "relu1_1:1,relu2_1:0.5",
            "equalize": False,
            "normalize_gradients": True,
            "iterations": "5,6",
            "scales": 2,
            "tv_weight": 1e-5,
            "depth": 16,
            "icc": "keep",
        },
    },
    "draft": {"draft": True, "preset": "neural-style"},
    "content": {"settings": {"size": "content"}},
}


def read_powershell(line):
    """Return the words of a line as PowerShell takes them, if it has no special ones."""
    words = []
    quotes = "'\u2018\u2019\u201a\u201b"
    pattern = rf"[{quotes}](?:[^{quotes}]|[{quotes}]{{2}})*[{quotes}]|[A-Za-z0-9_./:+=-]+"
    rest = line
    while rest:
        found = re.match(rf"(?:{pattern})(?= |$)", rest)
        assert found, rest
        word = found[0]
        if word[0] in quotes:
            word = re.sub(rf"([{quotes}])[{quotes}]", r"\1", word[1:-1])
        words.append(word)
        rest = rest[found.end() :].removeprefix(" ")
    return words


@pytest.fixture
def parsed(monkeypatch, tmp_path, photo):
    """Return a function that gives the record of a command line, which is not carried out."""
    found = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ortstyle.cli.paint.paint", lambda command, **_: found.append(command))

    def parse(words):
        for name in words:
            if name.endswith(".png"):
                photo.save(name)
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as caught:
            main()
        assert not caught.value.code
        return found.pop()

    return parse


@pytest.mark.parametrize("changes", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("shell", ["render", "powershell"])
def test_a_line_gives_the_settings_of_the_order(parsed, changes, shell):
    order = Order.from_json(order_data(**changes))
    line = as_command(order, NAMES, longest=48)[shell]
    words = shlex.split(line) if shell == "render" else read_powershell(line)
    assert words[:2] == ["ortstyle", "render"]
    command = parsed(words)
    wanted = order.settings_for(NAMES, longest=48)
    found = command.settings
    if wanted.seed < 0:  # which the command line has drawn
        found = replace(found, seed=wanted.seed)
    if wanted.size == "content":  # which it has found out
        assert found.size == 48
        found = replace(found, size="content")
    assert found == wanted
    assert command.encoding == order.encoding
    assert command.device == order.device
    paintings = [NAMES[each.picture] for each in order.paintings]
    assert [command.content, *command.styles] == [Path(name) for name in ["photo.png", *paintings]]


@pytest.mark.parametrize("changes", ORDERS.values(), ids=ORDERS)
def test_lines_of_python_give_the_settings_of_the_order(monkeypatch, changes):
    order = Order.from_json(order_data(**changes))
    source = as_command(order, NAMES, longest=48)["python"]
    runs = []

    def stylize(*arguments, **others):
        runs.append((arguments, others))
        return []

    monkeypatch.setattr(ortstyle, "stylize", stylize)
    lines = [line for line in source.splitlines() if not line.startswith("iterate.")]
    exec(compile("\n".join(lines), "lines", "exec"), {})  # noqa: S102
    compile(source, "lines", "exec")
    (((content, styles, settings), others),) = runs
    assert settings == order.settings_for(NAMES, longest=48)
    assert content == "photo.png"
    assert styles == [NAMES[each.picture] for each in order.paintings]
    assert others == ({} if order.device == "auto" else {"device": order.device})


@pytest.mark.parametrize("name", AWKWARD)
def test_names_of_pictures_are_quoted(name):
    order = Order.from_json(order_data())
    lines = as_command(order, NAMES | {PHOTOGRAPH: name}, longest=48)
    wanted = f"./{name}" if name.startswith("-") else name
    assert shlex.split(lines["render"])[2] == wanted
    assert read_powershell(lines["powershell"])[2] == wanted
    calls = [node for node in ast.walk(ast.parse(lines["python"])) if isinstance(node, ast.Call)]
    strings = {node.value for call in calls for node in ast.walk(call) if hasattr(node, "value")}
    assert wanted in {each for each in strings if isinstance(each, str)}


@pytest.mark.parametrize("name", ["../../x.png", "C:\\Users\\x.png", "/etc/x.png"])
def test_of_a_path_only_the_name_is_shown(name):
    order = Order.from_json(order_data())
    words = shlex.split(as_command(order, {PHOTOGRAPH: name, PAINTING: name}, longest=48)["render"])
    assert words[2:4] == ["x.png", "x.png"]


def test_only_what_differs_from_the_preset_is_named():
    order = Order.from_json(order_data(preset="bold", settings={"size": 700}))
    line = as_command(order, NAMES, longest=48)["render"]
    assert line == (
        "ortstyle render photo.png 'starry night.png' --preset bold --size 700 --metadata minimal"
    )
