"""Tags and chapters."""

from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("av")

from ortstyle.video.media.film_tags import copy_chapters, film_tags, stream_tags
from ortstyle.video.media.film_times import Span
from ortstyle.video.media.output_formats import format_of

CLIP = {"title": "Day", "location": "+1+2/", "encoder": "x", "major_brand": "isom"}


class Container:
    """What chapters are copied from and to."""

    def __init__(self, *chapters):
        self.known, self.given = list(chapters), None

    def chapters(self):
        return self.known

    def set_chapters(self, chapters):
        self.given = chapters


def chapter(begin, end, title="a"):
    return {
        "id": 1,
        "start": begin,
        "end": end,
        "time_base": Fraction(1, 10),
        "metadata": {"title": title},
    }


def test_tags_of_the_file_itself_are_not_the_films():
    tags = film_tags(CLIP, {"ortstyle": "{}"}, format_of(Path("a.mkv")))
    assert tags == {"title": "Day", "location": "+1+2/", "ortstyle": "{}"}


def test_mp4_has_other_keys_in_its_comment():
    row = format_of(Path("a.mp4"))
    assert film_tags(CLIP, {"ortstyle": "{}"}, row) == {"title": "Day", "comment": "ortstyle: {}"}
    tags = film_tags({"comment": "mine"}, {"ortstyle": "{}", "title": "New"}, row)
    assert tags == {"comment": "mine\nortstyle: {}", "title": "New"}


def test_statistics_of_a_stream_are_not_copied():
    tags = {"language": "deu", "title": "x", "DURATION": "1", "BPS-eng": "2", "timecode": "01:00"}
    assert stream_tags(tags) == {"language": "deu", "title": "x"}


def test_chapters_are_cut_and_shifted():
    target = Container()
    span = Span(origin=Fraction(3, 2), is_cut=True, end=Fraction(4))
    source = Container(chapter(0, 10), chapter(10, 20, "b"), chapter(20, 50, "c"), chapter(50, 60))
    copy_chapters(source, target, span)
    found = [(c["start"], c["end"], c["metadata"]["title"]) for c in target.given]
    assert found == [(0, 5, "b"), (5, 25, "c")]


def test_no_chapters_are_none():
    target = Container()
    copy_chapters(Container(), target, Span(origin=Fraction(0)))
    assert target.given is None
