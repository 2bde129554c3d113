"""Rows of the catalogue: records go in and out unchanged, and odd values are refused in a line."""

import json
from dataclasses import fields

import pytest
from studio_records import a_painting, a_picture

from ortstyle.errors import StudioError
from ortstyle.studio.catalogue_rows import (
    film_values,
    painting_from,
    painting_values,
    picture_from,
    picture_values,
)
from ortstyle.studio.records import Painting, Picture, new_id


def changed(values, record, name, value):
    names = [each.name for each in fields(record) if each.name not in ("clip", "still")]
    row = dict(zip(names, values, strict=True))
    return list((row | {name: value}).values())


def row_of(picture):
    return [*picture_values(picture), film_values(picture)]


CLIP = {"seconds": 12.5, "frames": None, "rate": 25.0, "sound": True}


#: Not a new one: names of tests must be the same in every process that runs them.
OTHER = "18e612958b4198fd5f29"


@pytest.mark.parametrize("more", [{"clip": CLIP}, {"still": {"of": OTHER, "at": 1.25}}])
def test_films_and_their_stills_go_in_and_out(more):
    picture = a_picture(**more)
    assert picture_from(row_of(picture)) == picture


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "{",
        json.dumps({"clip": CLIP | {"rate": "25"}}),
        json.dumps({"clip": CLIP | {"seconds": -1}}),
        json.dumps({"clip": CLIP, "still": {"of": OTHER, "at": 1}}),
        json.dumps({"still": {"of": "../x", "at": 1}}),
        json.dumps({"still": {"of": OTHER, "at": True}}),
        json.dumps({"clip": CLIP, "other": {}}),
        5,
    ],
)
def test_odd_films_are_refused(text):
    with pytest.raises(StudioError, match="is damaged"):
        picture_from([*picture_values(a_picture()), text])


def test_records_go_in_and_out():
    picture = a_picture(name="ä 🌊.jpg")
    painting = a_painting(picture, a_picture(), group=new_id(), result={"sha256": "1", "n": [1.5]})
    assert picture_from(row_of(picture)) == picture
    assert painting_from(painting_values(painting)) == painting


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "../x"),
        ("id", None),
        ("name", "a\nb"),
        ("name", "a\u202eb"),
        ("name", 5),
        ("role", "content"),
        ("suffix", "/../x"),
        ("suffix", ".jpg\n"),
        ("suffix", ""),
        ("sha256", "x" * 64),
        ("bytes", -1),
        ("width", 0),
        ("height", 2.5),
        ("height", "7"),
        ("added", float("inf")),
        ("added", "now"),
    ],
)
def test_an_odd_value_of_a_picture_is_refused(name, value):
    with pytest.raises(StudioError, match="is damaged; move its file") as raised:
        picture_from([*changed(picture_values(a_picture()), Picture, name, value), None])
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "\x1b[2J"),
        ("key", "0" * 17),
        ("kind", "film"),
        ("created", -1.0),
        ("order", "[]"),
        ("order", "{"),
        ("order", "[" * 100_000),
        ("order", None),
        ("order", b"{}\xff"),
        ("title", "a\u2028b"),
        ("group", "x"),
        ("parent", 5),
        ("result", "7"),
    ],
)
def test_an_odd_value_of_a_painting_is_refused(name, value):
    values = painting_values(a_painting(a_picture(), a_picture()))
    with pytest.raises(StudioError, match="is damaged; move its file") as raised:
        painting_from(changed(values, Painting, name, value))
    assert raised.value.args[0].isprintable()
