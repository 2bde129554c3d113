"""What is asked for of a batch is, by default, a picture under a name of the pattern."""

from pathlib import Path, PurePosixPath

from ortstyle.jobs.planned_job import PlannedJob, Wanted


def test_what_is_wanted_is_a_picture_under_a_name_of_the_pattern():
    wanted = Wanted(content=Path("a.png"), styles=(Path("s.png"),))
    assert (wanted.output, wanted.folder, wanted.is_film) == (None, PurePosixPath(), False)
    planned = PlannedJob(wanted=wanted)
    assert (planned.job, planned.frames, planned.error) == (None, None, "")
