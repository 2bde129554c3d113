"""Pictures and films as a page lists them."""

from studio_records import a_picture

from ortstyle.studio.pictures.listing import picture_json
from ortstyle.studio.records import new_id

CLIP = {"seconds": 12.5, "frames": 300, "rate": 24.0, "sound": False}


def test_a_picture_hides_what_is_of_its_file():
    found = picture_json(a_picture(), is_used=True)
    assert not {"suffix", "sha256"} & found.keys()
    assert (found["used"], found["clip"], found["still"]) == (True, None, None)


def test_a_film_has_a_poster_and_a_form():
    found = picture_json(a_picture(clip=CLIP, suffix=".mkv"), is_used=False)
    assert found["clip"] == {**CLIP, "poster": 1.0, "form": "mkv"}
    short = a_picture(clip=CLIP | {"seconds": 0.4})
    assert picture_json(short, is_used=False)["clip"]["poster"] == 0.2
    endless = a_picture(clip=CLIP | {"seconds": None})
    assert picture_json(endless, is_used=False)["clip"]["poster"] == 0


def test_a_still_says_what_it_is_of():
    still = {"of": new_id(), "at": 2.5}
    assert picture_json(a_picture(still=still), is_used=False)["still"] == still
