"""What of a film may travel to a cluster and back."""

from pathlib import Path

import pytest
from film_jobs import film_job
from painted_films import place

from ortstyle.errors import JobError
from ortstyle.jobs import film_files
from ortstyle.jobs.film_files import check_film_files, read_result

__all__ = ["place"]
pytestmark = pytest.mark.usefixtures("place")


def test_small_files_travel():
    job = film_job()
    check_film_files(job)
    job.output.write_bytes(b"a film")
    assert read_result(job) == b"a film"


def test_files_that_are_too_large_do_not(monkeypatch):
    job = film_job()
    job.output.write_bytes(b"a film")
    monkeypatch.setattr(film_files, "MOST_BYTES", 5)
    with pytest.raises(JobError, match=r"the files of clip.mp4 take .*; .* give --shared"):
        check_film_files(job)
    with pytest.raises(JobError, match=r"the film takes .* come back from a cluster"):
        read_result(job)


def test_folders_and_what_is_gone_do_not():
    job = film_job()
    Path("clip.mp4").unlink()
    with pytest.raises(JobError, match=r"content clip.mp4 can't be read"):
        check_film_files(job)
    Path("clip.mp4").mkdir()
    with pytest.raises(JobError, match=r"content clip.mp4 is a folder, which is not sent"):
        check_film_files(job)
