"""Tests of the record of a film."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from film_folders import record_in

from ortstyle.errors import FilmError
from ortstyle.settings.settings import Settings
from ortstyle.video.frames.film_record import FilmRecord

PATH = Path("film.json")


def read(record):
    return FilmRecord.from_json(record.to_json(), PATH)


def test_a_record_is_read_as_it_was_written(tmp_path):
    record = record_in(tmp_path, begin=Fraction(1001, 30000), others={"rate": "25"})
    found = read(record)
    assert found.differences(record) == []
    assert found.changes(record) == ()
    assert (found.begin, found.end, found.size) == (Fraction(1001, 30000), None, (13, 8))
    assert found.source == record.source
    assert record.to_json().isascii()


def test_folders_of_this_machine_are_not_recorded(tmp_path):
    assert tmp_path.name not in record_in(tmp_path).to_json()


def test_files_that_settings_name_count(tmp_path):
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"white")
    settings = Settings(content_mask=(str(mask),))
    record = record_in(tmp_path, settings=settings)
    assert [each.role for each in record.inputs] == ["style", "content mask"]
    mask.write_bytes(b"black")
    (difference,) = record.differences(record_in(tmp_path, settings=settings))
    assert difference == "content mask mask.png with other content"


def test_a_renamed_clip_is_the_same(tmp_path):
    record = record_in(tmp_path)
    renamed = replace(record, source=replace(record.source, name="other.mp4"))
    assert read(record).differences(renamed) == []


def test_another_clip_or_style_is_told_by_name(tmp_path):
    record = record_in(tmp_path)
    other = replace(record.source, name="other.mp4", digest="0" * 64)
    style = replace(record.inputs[0], digest="1" * 64)
    asked = replace(record, source=other, inputs=(style,), begin=Fraction(3, 2))
    assert read(record).differences(asked) == [
        "source clip.mp4, not other.mp4",
        "begin that of the clip, not 1.5 s",
        "style style.jpg with other content",
    ]
    assert read(record).differences(replace(record, inputs=())) == ["1 styles and masks, not 0"]


def test_settings_that_an_older_version_did_not_know_have_their_defaults(tmp_path):
    record = record_in(tmp_path)
    older = json.loads(record.to_json())
    del older["settings"]["grain"], older["film"]["loop"]
    found = FilmRecord.from_json(json.dumps(older), PATH)
    assert found.differences(record) == []
    older["film"]["new"] = 3
    found = FilmRecord.from_json(json.dumps(older), PATH)
    assert found.differences(record) == ["new 3, not None"]


DAMAGED = [
    ("device", "x" * 10_000),
    ("versions", {"x" * 10_000: "1"}),
    ("versions", {str(k): "1" for k in range(1000)}),
    ("source", None),
    ("source", ["source", "../../etc/passwd", 1, "x"]),
    ("size", [10**9, 10**9]),
    ("size", [True, 8]),
    ("size", [0, 8]),
    ("size", [8]),
    ("size", "ab"),
    ("begin", "1e999999999"),
    ("begin", "1/0"),
    ("begin", "9" * 10**5),
    ("end", 3.5),
    ("inputs", [1]),
    ("inputs", 7),
    ("settings", []),
    ("film", "text"),
    ("others", None),
    ("device", 7),
    ("versions", {"ortstyle": {}}),
]


@pytest.mark.parametrize(("name", "value"), DAMAGED)
def test_a_record_of_a_stranger_is_checked(tmp_path, name, value):
    found = json.loads(record_in(tmp_path).to_json())
    found[name] = value
    with pytest.raises(FilmError, match=r"film\.json is damaged"):
        FilmRecord.from_json(json.dumps(found), PATH)
    del found[name]
    with pytest.raises(FilmError, match=r"film\.json is damaged"):
        FilmRecord.from_json(json.dumps(found), PATH)


@pytest.mark.parametrize(
    "text", ["", "[" * 10**5, "7", "null", "[]", '"ortstyle film"', "{}", "\0"]
)
def test_what_is_no_record_is_refused(text):
    with pytest.raises(FilmError, match=r"film\.json is damaged"):
        FilmRecord.from_json(text, PATH)


def test_records_of_other_programs_and_versions_are_told():
    with pytest.raises(FilmError, match="no record of a film"):
        FilmRecord.from_json('{"format": "another"}', PATH)
    with pytest.raises(FilmError, match="has format 2, and this ortstyle knows 1"):
        FilmRecord.from_json('{"format": "ortstyle film", "version": 2}', PATH)
