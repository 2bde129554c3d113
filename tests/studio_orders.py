"""Orders for tests of the studio: valid ones, and the pictures that they name."""

from ortstyle.studio.records import Picture

PHOTOGRAPH, PAINTING, OTHER, MASK, START = (digit * 20 for digit in "12345")


def order_data(**changes):
    """Return a valid order as JSON holds it, with some changes."""
    return {"photograph": PHOTOGRAPH, "paintings": [{"picture": PAINTING}]} | changes


def two_paintings(**changes):
    """Return the entries of an order's paintings: two, the second with some changes."""
    return [{"picture": PAINTING}, {"picture": OTHER} | changes]


def picture(id_=PHOTOGRAPH, **changes):
    """Return the record of a picture."""
    values = {
        "id": id_,
        "name": f"{id_[:3]}.jpg",
        "role": "photograph",
        "suffix": ".jpg",
        "sha256": id_[0] * 64,
        "bytes": 1000,
        "width": 640,
        "height": 480,
        "added": 1.0,
    }
    return Picture(**(values | changes))


class Places:
    """Where pictures and results would lie."""

    def __init__(self, folder):
        self._folder = folder

    def picture(self, picture_id, suffix):
        return self._folder / "pictures" / f"{picture_id}{suffix}"

    def result(self, painting_id, suffix=".png"):
        return self._folder / "results" / f"{painting_id}{suffix}"


def pictures_of(order, **changes):
    """Return a record for each picture of an order, by id; all with the same changes."""
    return {id_: picture(id_, **changes) for id_ in order.pictures}
