"""The files of a checkpoint, and their removal."""

from commands import names

from ortstyle.run.checkpoint_files import remove_checkpoint, temporary_path


def test_removing_takes_what_a_killed_process_left(tmp_path):
    path = tmp_path / "a.checkpoint"
    path.write_bytes(b"whole")
    assert temporary_path(path) == tmp_path / ".ortstyle-a.checkpoint.part"
    temporary_path(path).write_bytes(b"half")
    (tmp_path / "b.checkpoint").write_bytes(b"another")
    remove_checkpoint(path)
    remove_checkpoint(path)
    assert names(tmp_path) == ["b.checkpoint"]
