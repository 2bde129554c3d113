"""Films of orders: their settings, their part, and what a stranger may say of them."""

from fractions import Fraction

import pytest
from studio_orders import order_data as data

from ortstyle.settings.film import FilmSettings
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.film import DRAFT_SECONDS, film_options
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.variants import presets_of, variants_of
from ortstyle.video.media.encoding import FilmEncoding


def ordered(film, **changes):
    return Order.from_json(data(film=film, **changes))


def test_settings_are_those_of_films_and_of_their_files():
    order = ordered({"settings": {"every": 3, "cuts": False, "codec": "ffv1", "audio": False}})
    assert order.film.records == (
        FilmSettings(every=3, cuts=False),
        FilmEncoding(codec="ffv1", audio=False),
    )
    assert order.film.suffix == ".mkv"
    assert set(film_options()) >= {"consistency", "every", "passes", "codec", "quality"}


def test_a_part_is_exact_to_the_millisecond():
    part = ordered({"begin": 1.1, "end": 2.2}).film.part_for(ordered(None))
    assert (part.begin, part.end) == (Fraction(11, 10), Fraction(22, 10))


def test_a_draft_is_some_seconds_from_where_the_page_stands():
    order = ordered({"begin": 1, "end": 2}, draft=True, moment=7.5)
    assert order.film.span(order) == (7.5, 7.5 + DRAFT_SECONDS)
    order = ordered({"begin": 1, "end": 2}, draft=True)
    assert order.film.span(order) == (1, 1 + DRAFT_SECONDS)


def test_a_draft_of_a_film_is_small_and_keeps_its_evaluations():
    order = ordered({}, draft=True, settings={"size": 1024, "iterations": 300})
    settings = order.settings_for({})
    assert settings.size == 256
    assert settings.evaluations >= 300


def test_an_order_goes_out_and_comes_back():
    order = ordered({"settings": {"every": 2}, "begin": 0.5, "end": None}, moment=3.0)
    assert Order.from_json(order.to_json()) == order
    assert ordered(None).film is None


@pytest.mark.parametrize(
    ("film", "field"),
    [
        ("film", "film"),
        ([], "film"),
        ({"path": "/etc/passwd"}, "film"),
        ({"settings": []}, "film"),
        ({"settings": {"output": "x"}}, "film"),
        ({"settings": {"every": 0}}, "every"),
        ({"settings": {"every": "many"}}, "every"),
        ({"settings": {"codec": "wmv"}}, "codec"),
        ({"begin": -1}, "begin"),
        ({"begin": "0:01"}, "begin"),
        ({"end": float("nan")}, "end"),
        ({"begin": 2, "end": 2}, "end"),
        ({"end": 0}, "end"),
    ],
)
def test_what_is_unfit_is_refused(film, field):
    with pytest.raises(Refused) as caught:
        ordered(film)
    assert caught.value.field == field


@pytest.mark.parametrize("changes", [{"variants": True}, {"presets": True}, {"start": "0" * 20}])
def test_what_only_pictures_have_is_refused(changes):
    with pytest.raises(Refused):
        ordered({}, **changes)


def test_variants_are_of_pictures():
    order = ordered({})
    assert all(each.film is None for each in [*variants_of(order), *presets_of(order)])
