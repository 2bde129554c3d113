"""The plan of an order says what it will take, and what to do if that is too much."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from studio_orders import PAINTING, Places, order_data, pictures_of

from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.ordered_jobs import job_of
from ortstyle.studio.orders.plan import plan_job


@pytest.fixture
def plan(tmp_path, photo):
    """Return a function that plans the job of an order of two small pictures."""

    def make(*, memory=10**10, photograph=None, **settings):
        places = Places(tmp_path)
        (tmp_path / "pictures").mkdir(exist_ok=True)
        order = Order.from_json(order_data(settings=settings))
        records = pictures_of(order, suffix=".png")
        for id_, record in records.items():
            path = places.picture(id_, ".png")
            picture = (
                photo.rotate(90) if id_ == PAINTING else photo.resize(photograph or photo.size)
            )
            picture.save(path)
            hashed = sha256(path.read_bytes()).hexdigest()
            records[id_] = replace(
                record, sha256=hashed, width=picture.width, height=picture.height
            )
        job = job_of(order, records, places, painting_id="a" * 20)
        found = plan_job(replace(job, memory=memory))
        assert json.loads(json.dumps(found)) == found
        return found

    return make


def test_a_small_picture_is_painted_whole(plan):
    found = plan(iterations=7)
    assert found["fits"]
    assert found["tiles"] == 0
    assert (found["width"], found["height"]) == (512, 384)
    assert found["evaluations"] == 7
    assert 10**8 < found["memory_bytes"] < found["free_bytes"] == 10**10
    assert found["text"][0] == "It is painted whole, at 512×384 in the end."
    assert all(sentence.endswith(".") for sentence in found["text"])


def test_the_size_of_the_photograph_is_found_out(plan):
    found = plan(photograph=(96, 64), size="content")
    assert (found["width"], found["height"]) == (96, 64)


def test_work_grows_with_evaluations_and_pixels(plan):
    few, many, large = (
        plan(iterations=count, size=size, scales=1)["work"]
        for count, size in ((10, 64), (20, 64), (10, 128))
    )
    assert many == 2 * few
    assert large == 4 * few


def test_what_does_not_fit_at_once_is_painted_in_tiles(plan):
    whole = plan(size=1024, scales=1)
    found = plan(size=1024, scales=1, memory=whole["memory_bytes"] * 2 // 3)
    assert found["fits"]
    assert found["tiles"] > 1
    assert found["memory_bytes"] <= found["free_bytes"]
    assert found["text"][0] == f"The last step, at 1024×768, is painted in {found['tiles']} tiles."


def test_what_does_not_fit_at_all_says_what_would(plan):
    found = plan(memory=10**7)
    assert not found["fits"]
    assert found["tiles"] is None
    assert found["memory_bytes"] > found["free_bytes"]
    (sentence,) = found["text"]
    assert "--" not in sentence
    assert sentence.endswith(".")


def test_other_faults_are_refused_in_words_of_a_page(plan):
    with pytest.raises(Refused, match="is too small") as caught:
        plan(iterations=1, scales=1, style_scale=0.01)
    assert "--" not in str(caught.value)
