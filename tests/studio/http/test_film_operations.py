"""The operations of films in the document."""

from ortstyle.studio.http.film_operations import FILM_OPERATIONS
from ortstyle.studio.http.operations import OPERATIONS


def test_they_are_among_all():
    assert all(each in OPERATIONS for each in FILM_OPERATIONS)


def test_what_is_played_can_be_asked_for_in_parts():
    played = [each for each in FILM_OPERATIONS if each.path.endswith("/film")]
    assert len(played) == 2
    assert all(206 in each.answers and 416 in each.refusals for each in played)
