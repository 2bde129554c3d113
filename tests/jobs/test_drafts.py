"""Drafts: one for each painting and preset, in a folder that they share with nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from links import make_link

from ortstyle.errors import OutputError, PictureError
from ortstyle.jobs.drafts import DraftFolder, plan_drafts
from ortstyle.settings.settings import Settings


@pytest.fixture
def paintings(folder):
    (folder / "other.png").write_bytes(b"other")
    return {name: folder / f"{name}.png" for name in ("painting", "other")}


def plan(folder, paintings, presets, **others):
    return plan_drafts(folder / "photo.png", paintings, presets, folder=folder / "drafts", **others)


def test_every_painting_is_combined_with_every_preset(folder, paintings):
    presets = {"a": Settings(size=32), "b": Settings(size=32, seed=1)}
    drafts = plan(folder, paintings, presets, device="cpu", threads=1)
    assert [(draft.painting, draft.preset) for draft in drafts] == [
        ("painting", "a"),
        ("other", "a"),
        ("painting", "b"),
        ("other", "b"),
    ]
    assert [draft.job.styles for draft in drafts[:2]] == [(path,) for path in paintings.values()]
    assert {draft.job.settings.seed for draft in drafts[2:]} == {1}
    assert {(draft.job.device, draft.job.threads) for draft in drafts} == {("cpu", 1)}
    assert drafts[0].name == "painting, a"


def test_a_draft_has_the_same_file_as_long_as_it_is_the_same(folder, paintings):
    settings = Settings(size=32)
    (first, second) = plan(folder, paintings, {"a": settings})
    (third, fourth) = plan(folder, dict(reversed(paintings.items())), {"another name": settings})
    assert (first.job.output, second.job.output) == (fourth.job.output, third.job.output)
    (changed, _) = plan(folder, paintings, {"a": replace(settings, iterations=3)})
    assert changed.job.output not in {first.job.output, second.job.output}
    assert {path.job.output.parent for path in (first, second, changed)} == {folder / "drafts"}


def test_a_painting_that_is_missing_costs_its_drafts(folder, paintings):
    paintings["other"].unlink()
    drafts = plan(folder, paintings, {"a": Settings(), "b": Settings(seed=1)})
    assert [bool(draft.job) for draft in drafts] == [True, False, True, False]
    assert "other.png" in drafts[1].error
    assert [draft.work > 0 for draft in drafts] == [True, False, True, False]
    with pytest.raises(PictureError, match="content"):
        plan_drafts(folder / "none.png", paintings, {"a": Settings()}, folder=folder)


def test_work_grows_with_pixels_and_evaluations(folder, paintings):
    def work(**settings):
        return plan(folder, paintings, {"a": Settings(**settings)})[0].work

    assert work(size=64, iterations=10) == 10 * 64**2
    assert work(size=400, iterations=20) < 20 * 400**2  # its first scale is smaller
    assert work(size="content", iterations=10) == 10 * 48**2


def test_the_folder_lies_beside_the_sheet_and_goes_if_it_is_empty(tmp_path):
    with DraftFolder(tmp_path / "a.png") as folder:
        assert folder.path.parent == tmp_path
        assert folder.path.name.startswith(".")
        assert folder.path.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_drafts_stay_until_they_are_cleared(folder, paintings):
    with DraftFolder(folder / "sheet.png") as drafts:
        (draft, _) = plan_drafts(
            folder / "photo.png", paintings, {"a": Settings()}, folder=drafts.path
        )
        output, checkpoint = draft.job.output, drafts.checkpoint(draft.job)
        key = output.stem
        left = [
            output,
            checkpoint,
            checkpoint.with_name(f"{checkpoint.name}.lock"),
            output.with_name(f".ortstyle-{key}.png"),
            output.with_name(f".ortstyle-{checkpoint.name}.part"),
        ]
        for path in left:
            path.write_bytes(b"")
    assert all(path.exists() for path in left)
    with DraftFolder(folder / "sheet.png") as drafts:
        drafts.clear()
    assert not drafts.path.exists()


def test_files_that_are_not_ours_are_kept(tmp_path):
    with DraftFolder(tmp_path / "a.png") as folder:
        (folder.path / "mine.png").write_bytes(b"")
        folder.clear()
    assert [path.name for path in folder.path.iterdir()] == ["mine.png"]


def test_a_sheet_is_made_once_at_a_time(tmp_path):
    with DraftFolder(tmp_path / "a.png"):
        with pytest.raises(OutputError, match=r"a\.png is being made by another run"):
            DraftFolder(tmp_path / "a.png")
        with DraftFolder(tmp_path / "b.png"):
            pass


def test_a_folder_that_can_not_be_made_is_told(tmp_path):
    with pytest.raises(OutputError, match="for its drafts can't be made"):
        DraftFolder(tmp_path / "none" / "a.png")
    (tmp_path / ".ortstyle-drafts-a.png").write_bytes(b"")
    with pytest.raises(OutputError, match="for its drafts can't be made"):
        DraftFolder(Path(tmp_path / "a.png"))


def test_a_link_is_no_folder_for_drafts(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    make_link(tmp_path / ".ortstyle-drafts-a.png", tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="it is a link"):
        DraftFolder(tmp_path / "a.png")
    assert list((tmp_path / "elsewhere").iterdir()) == []
