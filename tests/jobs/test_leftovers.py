"""What killed processes have left of a job is removed, and nothing else."""

from pathlib import Path

from ortstyle.jobs.leftovers import remove_leftovers, temporary_name


def test_what_killed_processes_left_is_removed_and_nothing_else(make_tiny_job):
    job, checkpoint = make_tiny_job(), Path("a.checkpoint")
    before = sorted(Path().iterdir())
    for name in ("a.checkpoint", ".ortstyle-a.checkpoint.part", temporary_name(job)):
        Path(name).write_bytes(b"")
    Path("a.checkpoint.frames/sources").mkdir(parents=True)
    Path("a.checkpoint.frames/film.json").write_bytes(b"{}")
    remove_leftovers(job, checkpoint=checkpoint)
    remove_leftovers(job, checkpoint=checkpoint)
    assert sorted(Path().iterdir()) == before
