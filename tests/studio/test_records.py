"""Ids are opaque and never paths."""

from typing import get_args

import pytest

from ortstyle.studio.records import PHASES, is_id, new_id


def test_new_ids_are_ids_and_differ():
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(map(is_id, ids))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "../../etc/passwd",
        "a" * 19,
        "a" * 21,
        "A" * 20,
        "g" * 20,
        "a" * 20 + "\n",
        None,
        5,
        b"a",
    ],
)
def test_other_things_are_no_ids(text):
    assert not is_id(text)


def test_phases_are_those_of_films():
    from ortstyle.video.film_progress import Phase

    assert get_args(Phase) == PHASES
