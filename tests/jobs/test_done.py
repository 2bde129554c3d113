"""Jobs are done if their output says so itself."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from ortstyle.jobs import done
from ortstyle.jobs.done import describe_done, find_done, hash_of, is_done
from ortstyle.jobs.film_part import FilmPart
from ortstyle.pictures.encode import Encoding
from ortstyle.pictures.write import save_picture
from ortstyle.settings.film import FilmSettings
from ortstyle.video.media.encoding import FilmEncoding


def write_result(job, wanted=None, **others):
    text = json.dumps({"job": wanted or job.wanted, **others})
    save_picture(Image.new("RGB", (6, 4)), job.output, text=text)


def test_a_job_is_done_if_its_output_says_so(make_tiny_job):
    job = make_tiny_job()
    assert not find_done(job)
    write_result(job)
    assert find_done(job)
    assert is_done(job)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp"])
def test_formats_that_hold_text_hold_the_job(make_tiny_job, suffix):
    job = make_tiny_job(f"out{suffix}")
    write_result(job)
    assert find_done(job)


def test_the_output_of_another_job_is_not_this_one_s(make_tiny_job):
    job = make_tiny_job()
    others = [
        make_tiny_job(seed=1),
        make_tiny_job(job={"encoding": Encoding(depth=16)}),
        replace(job, inputs=(replace(job.inputs[0], sha256="0"), *job.inputs[1:])),
    ]
    for other in others:
        write_result(other)
        assert not find_done(job)
        assert find_done(other)


def test_a_setting_that_an_older_version_did_not_know_is_no_difference(make_tiny_job):
    job = make_tiny_job()
    older = json.loads(json.dumps(job.wanted))
    del older["settings"]["grain"], older["encoding"]["chroma"]
    write_result(job, older)
    assert find_done(job)
    older["settings"]["grain"] = 0.5
    write_result(job, older)
    assert not find_done(job)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"job": []}', '{"job": {}}', "[" * 100_000]
)
def test_pictures_that_say_something_else_are_no_output_of_a_job(make_tiny_job, text):
    job = make_tiny_job()
    save_picture(Image.new("RGB", (6, 4)), job.output, text=text)
    assert not find_done(job)


def test_what_is_no_picture_is_no_output(make_tiny_job):
    job = make_tiny_job()
    Path("out.png").write_bytes(b"nothing")
    assert not find_done(job)
    Path("out.png").unlink()
    Path("out.png").mkdir()
    assert not find_done(job)


def test_where_no_text_is_the_hash_tells(make_tiny_job):
    job = make_tiny_job("out.bmp")
    write_result(job)
    assert not find_done(job)
    known = hash_of(job.output)
    assert is_done(job, known_sha256=known)
    assert not is_done(job, known_sha256="0" * 64)
    Path("out.bmp").unlink()
    assert not is_done(job, known_sha256=known)


def test_a_job_that_was_done_before_is_described(make_tiny_job):
    job = make_tiny_job()
    write_result(job, device="cuda:1")
    assert describe_done(job) == {
        "skipped": True,
        "seconds": 0.0,
        "evaluations": 0,
        "sha256": hash_of(job.output),
        "width": 6,
        "height": 4,
        "device": "cuda:1",
    }


def test_a_film_says_so_too_and_differs_by_its_own_settings(tmp_path, make_tiny_job, monkeypatch):
    job = replace(make_tiny_job("out.mkv"), film=FilmPart(settings=FilmSettings(every=2)))
    texts = {"found": json.dumps({"job": job.wanted})}
    job.output.write_bytes(b"a film")
    monkeypatch.setattr(done, "read_film_text", lambda _: texts["found"])
    assert find_done(job)
    others = [
        FilmPart(),
        FilmPart(settings=FilmSettings(every=2), encoding=FilmEncoding(audio=False)),
        FilmPart(settings=FilmSettings(every=2), end=Fraction(1)),
    ]
    assert not any(find_done(replace(job, film=other)) for other in others)
    older = json.loads(json.dumps(job.wanted))
    del older["film"]["settings"]["loop"], older["film"]["encoding"]["tags"], older["film"]["rate"]
    texts["found"] = json.dumps({"job": older})
    assert find_done(job)
    older["film"]["settings"]["loop"] = True
    texts["found"] = json.dumps({"job": older})
    assert not find_done(job)
