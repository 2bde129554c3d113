"""An order of a film as a command and as lines of Python, which say the same."""

import shlex

from studio_orders import PAINTING, PHOTOGRAPH, order_data as data

from ortstyle.settings.film import FilmSettings
from ortstyle.settings.presets import from_preset
from ortstyle.studio.orders.as_command import as_command
from ortstyle.studio.orders.order import Order
from ortstyle.video.film_order import FilmOrder
from ortstyle.video.media.encoding import FilmEncoding

NAMES = {PHOTOGRAPH: "my clip's.mp4", PAINTING: "waves.jpg"}


def lines(film, **changes):
    return as_command(Order.from_json(data(film=film, **changes)), NAMES, longest=640)


def made(text):
    """Return the order that lines of Python make."""
    scope = {}
    exec(text.partition("with stylize_film")[0], scope)  # noqa: S102  that it runs is the test
    return scope["order"]


def test_the_command_names_the_clip_its_part_and_what_differs():
    film = {"settings": {"every": 2, "cuts": False, "quality": 20}, "begin": 1.5, "end": 4.25}
    words = shlex.split(lines(film, settings={"size": 640})["render"])
    assert words[:4] == ["ortstyle", "video", "my clip's.mp4", "waves.jpg"]
    assert " ".join(words[4:]) == "--size 640 --from 1.5 --to 4.25 --every 2 --no-cuts --quality 20"


def test_python_makes_the_same_order():
    film = {"settings": {"every": 2, "codec": "prores"}, "begin": 1.5, "end": None}
    order = made(lines(film, settings={"size": 640}, preset="bold")["python"])
    assert isinstance(order, FilmOrder)
    assert [path.name for path in (order.source, *order.styles)] == list(NAMES.values())
    assert order.output.suffix == ".mov"
    assert order.settings == from_preset("bold", {"size": 640})
    assert (order.film, order.encoding) == (FilmSettings(every=2), FilmEncoding(codec="prores"))
    assert (order.begin, order.end) == (1.5, None)


def test_pictures_keep_their_commands():
    assert lines(None)["render"].startswith("ortstyle render ")
