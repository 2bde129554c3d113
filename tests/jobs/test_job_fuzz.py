"""A job from a stranger is a job or gives one line; it is not painted here."""

import json
from contextlib import suppress
from fractions import Fraction

import pytest
from fuzzed import changed_json, fuzz

from ortstyle.errors import OrtStyleError
from ortstyle.jobs.events import Event
from ortstyle.jobs.film_part import FilmPart
from ortstyle.jobs.job import Job
from ortstyle.jobs.worker import Worker

pytestmark = pytest.mark.slow


@pytest.fixture
def data(make_tiny_job):
    return json.loads(json.dumps(make_tiny_job(init="photo.png", style_mask=("",)).to_dict()))


def test_a_job_that_was_changed_is_a_job_or_gives_one_line(data):
    check_changed(data)


def check_changed(data):
    def check(changed):
        try:
            job = Job.from_dict(changed)
        except OrtStyleError as error:
            message = str(error)
            assert len(message.splitlines()) == 1, message
            assert len(message) < 1000, message
        else:
            assert Job.from_dict(json.loads(json.dumps(job.to_dict()))) == job
            assert len(job.key) == 16

    fuzz(changed_json(data), check, examples=50)


def test_the_job_of_a_film_that_was_changed_is_a_job_or_gives_one_line(data):
    part = FilmPart(begin=Fraction(1, 3), style_times=(Fraction(0),))
    check_changed(data | {"film": part.to_dict()})


def test_a_command_that_was_changed_is_obeyed_or_gives_one_event(data):
    command = {"command": "run", "job": data, "checkpoint": "a.checkpoint"}

    def check(changed):
        events = []
        Worker(events.append).obey(json.dumps(changed).encode())
        assert [event.kind for event in events] in ([], ["notice"], ["failed", "ready"])
        for event in events[:1]:
            (text,) = {*event.figures.values()} - {event.figures.get("kind")}
            assert len(text.splitlines()) == 1
            assert len(text) < 1000

    fuzz(changed_json(command), check, examples=50)


def test_an_event_that_was_changed_is_an_event_or_gives_one_line():
    event = Event("progress", "0123456789abcdef", {"scale": [0, 1], "loss": 1.5})

    def check(changed):
        with suppress(OrtStyleError):
            Event.from_line(json.dumps(changed)).to_line()

    fuzz(changed_json(json.loads(event.to_line())), check, examples=50)
