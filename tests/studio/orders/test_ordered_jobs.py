"""Jobs of orders read the pictures of the folder, and their results tell nothing about it."""

import json
from dataclasses import replace
from hashlib import sha256

import pytest
from commands import embedded_run, needs_runtime
from studio_orders import (
    MASK,
    PAINTING,
    PHOTOGRAPH,
    START,
    Places,
    order_data,
    pictures_of,
    two_paintings,
)

from ortstyle.jobs.control import Control
from ortstyle.jobs.job import Job
from ortstyle.jobs.run_job import Outcome, run_job
from ortstyle.settings.presets import preset_names
from ortstyle.studio.faults import Refused
from ortstyle.studio.orders.order import Order
from ortstyle.studio.orders.ordered_jobs import job_of, plan_jobs, title_of
from ortstyle.studio.paintings.summary import names_of, order_of


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


def planned(places, **changes):
    order = Order.from_json(order_data(**changes))
    return plan_jobs(order, pictures_of(order), places)


def test_a_job_reads_pictures_by_their_paths_with_hashes_that_are_known(places):
    ((painting, job),) = planned(places, paintings=two_paintings(mask=MASK), start=START)
    assert [file.role for file in job.inputs] == [
        *("content", "style", "style", "content mask", "init")
    ]
    assert job.content == places.picture(PHOTOGRAPH, ".jpg")
    assert job.inputs[0].sha256 == "1" * 64
    assert job.settings.content_mask == ("", str(places.picture(MASK, ".jpg")))
    assert job.settings.init == str(places.picture(START, ".jpg"))
    assert job.output == places.result(painting.id)
    assert (painting.key, painting.kind, painting.group) == (job.key, "painting", None)
    assert Job.from_dict(json.loads(json.dumps(job.to_dict()))) == job


def test_the_same_order_again_is_another_painting(places):
    ((first, job),) = planned(places)
    ((second, other),) = planned(places)
    assert first.id != second.id
    assert job.key != other.key


def test_an_order_is_remembered_so_that_it_can_be_ordered_again(places):
    ((painting, _),) = planned(places, settings={"size": 300}, parent="a" * 20)
    stored = replace(painting, order=json.loads(json.dumps(painting.order)))
    assert order_of(stored).settings == {"size": 300}
    assert names_of(stored) == {PHOTOGRAPH: "111.jpg", PAINTING: "222.jpg"}
    assert painting.parent == "a" * 20


def test_variants_share_a_group(places):
    found = [painting for painting, _ in planned(places, variants=True)]
    assert len(found) == 4
    assert len({each.group for each in found}) == 1
    assert {each.kind for each in found} == {"draft"}
    assert len({each.id for each in found}) == 4


def test_drafts_of_presets_have_the_same_ids_again(places):
    first = {painting.id: painting.group for painting, _ in planned(places, presets=True)}
    assert len(first) == len(preset_names())
    assert {painting.id: painting.group for painting, _ in planned(places, presets=True)} == first
    assert len(set(first.values())) == 1


def test_a_photograph_that_is_too_large_for_its_own_size_is_refused(places):
    order = Order.from_json(order_data(settings={"size": "content"}))
    with pytest.raises(Refused, match="at most 8192"):
        plan_jobs(order, pictures_of(order, width=9000), places)


def test_a_title_names_the_pictures():
    order = Order.from_json(order_data(paintings=two_paintings()))
    pictures = pictures_of(order, name="my harbour.final.jpg")
    assert title_of(order, pictures) == "my harbour.final · my harbour.final"
    assert len(title_of(order, pictures_of(order, name="x" * 500))) < 200
    assert title_of(order, pictures_of(order, name="a\nb.jpg")).isprintable()


@needs_runtime
@pytest.mark.parametrize("location", [False, True])
def test_a_result_tells_nothing_about_the_folder(places, tmp_path, photo, location):
    settings = {"size": 32, "iterations": 1, "scales": 1, "colors": "content"}
    order = Order.from_json(
        order_data(
            paintings=[{"picture": PAINTING, "mask": MASK}],
            start=START,
            settings=settings,
            location=location,
        )
    )
    (tmp_path / "pictures").mkdir()
    records = pictures_of(order, suffix=".png")
    for id_, record in records.items():
        path = places.picture(id_, ".png")
        (photo.rotate(90) if id_ == PAINTING else photo).save(path)
        hashed = sha256(path.read_bytes()).hexdigest()
        records[id_] = type(record)(**(vars(record) | {"sha256": hashed}))
    job = job_of(order, records, places, painting_id="a" * 20)
    told = []
    outcome = run_job(
        Job.from_dict(json.loads(json.dumps(job.to_dict() | {"device": "cpu"}))),
        checkpoint=tmp_path / "x.checkpoint",
        tell=told.append,
        control=Control(),
    )
    assert outcome is Outcome.DONE, told
    assert tmp_path.name not in json.dumps(embedded_run(job.output))
    assert str(tmp_path).encode() not in job.output.read_bytes()
    assert embedded_run(job.output)["settings"]["init"] == f"{START}.png"
