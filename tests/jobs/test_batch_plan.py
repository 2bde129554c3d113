"""The plan of a batch: settings, names and what is wrong with a job."""

import sys
from pathlib import Path, PurePosixPath

import pytest

from ortstyle.errors import OrtStyleError, OutputError, SettingsError
from ortstyle.jobs.batch_plan import BatchPlanner
from ortstyle.jobs.naming import NamePattern
from ortstyle.jobs.planned_job import Wanted
from ortstyle.pictures.encode import Encoding
from ortstyle.settings.presets import from_preset

PHOTO, PAINTING = Path("photo.png"), Path("painting.png")


def planner(**changes):
    options = {"device": "cpu", "threads": 1}
    return BatchPlanner(folder=Path("out"), values={"size": 64}, job_options=options, **changes)


def plan(*wanted, **changes):
    return planner(**changes).plan(
        [Wanted(**{"content": PHOTO, "styles": (PAINTING,)} | one) for one in wanted]
    )


def test_a_job(folder):
    (found,) = plan({"folder": PurePosixPath("x")}, preset="bold", encoding={"depth": 16})
    assert found.error == ""
    assert found.output == found.job.output == folder.resolve() / "out/x/photo-painting.png"
    assert found.size == (48, 36)
    assert found.job.settings == from_preset("bold", {"size": 64})
    assert found.job.encoding == Encoding(depth=16)
    assert (found.job.device, found.job.threads) == ("cpu", 1)
    assert found.job.content == folder / "photo.png"
    assert not Path("out").exists()


def test_values_of_a_row_override_those_of_the_batch(folder):
    row = {
        "preset": "sketch",
        "values": {"size": 32, "quality": 50},
        "output": PurePosixPath("a.jpg"),
    }
    (found,) = plan(row, encoding={"quality": 90, "icc": "keep"})
    assert found.job.settings == from_preset("sketch", {"size": 32})
    assert found.job.encoding == Encoding(quality=50, icc="keep")
    assert found.output.name == "a.jpg"


def test_the_size_of_the_content_and_a_drawn_seed_are_settled_and_the_same_again(folder):
    row = {"values": {"size": "content", "seed": -1}}
    first, second = (plan(row)[0].job for _ in range(2))
    assert first.settings.size == 48
    assert first.settings.seed >= 0
    assert first.key == second.key
    other = plan(row | {"styles": (PAINTING, PHOTO)})[0].job
    assert other.settings.seed != first.settings.seed


def test_files_that_settings_name_are_absolute(folder):
    row = {"values": {"init": "painting.png", "content_mask": ("photo.png", "")}}
    (found,) = plan(row | {"styles": (PAINTING, PAINTING)})
    assert found.job.settings.init == str(folder / "painting.png")
    assert found.job.settings.content_mask == (str(folder / "photo.png"), "")


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"content": Path("none.png")}, "content {}none.png is no file; check the path"),
        ({"styles": (Path("none.png"),)}, "style {}none.png is no file; check the path"),
        ({"styles": (Path("notes.txt"),)}, "style {}notes.txt is not a picture in a known"),
        ({"content": Path("notes.txt")}, "content {}notes.txt is not a picture in a known"),
        ({"values": {"iterations": (1, 2)}}, "--iterations has 2 numbers"),
        ({"values": {"depth": 9}}, "--depth must be 8 or 16"),
        ({"preset": "bald"}, "preset: 'bald' is unknown; did you mean bold?"),
        ({"preset": "mine.toml"}, "preset: 'mine.toml' is unknown"),
        ({"output": PurePosixPath("a.xyz")}, "output {}out/a.xyz: no colour picture"),
        ({"output": PurePosixPath("a.bmp"), "values": {"depth": 16}}, "--depth 16: .bmp holds"),
        ({"error": "it is no JSON"}, "it is no JSON"),
        ({"values": {"style_mask": ("no.png",)}}, "style mask {}no.png is no file"),
    ],
)
def test_what_is_wrong_with_a_job_is_told_and_the_others_go_on(folder, row, error):
    Path("notes.txt").write_text("no picture", "utf-8")
    found = plan({}, row | {"origin": "jobs.csv, line 3"}, {"output": PurePosixPath("b.png")})
    assert [bool(one.error) for one in found] == [False, True, False]
    assert found[1].job is None
    shown = found[1].error.replace("\\", "/")
    assert shown.startswith(f"jobs.csv, line 3: {error.format(f'{folder.as_posix()}/')}")


def test_an_output_that_two_rows_name_is_that_of_the_first(folder):
    rows = [{"output": PurePosixPath("A.png")}, {"output": PurePosixPath("a.PNG")}, {}]
    found = plan(*rows, pattern=NamePattern("a.png"))
    assert [bool(one.error) for one in found] == [False, True, False]
    assert found[1].error == "output a.PNG is that of another job too"
    assert found[2].output.name == "a-2.png"


def test_no_output_overwrites_an_input(folder):
    inside = {"content": Path("out/photo.png")}
    Path("out").mkdir()
    PHOTO.replace("out/photo.png")
    found = plan(
        inside, inside | {"output": PurePosixPath("b.png")}, pattern=NamePattern("{content}.png")
    )
    assert "would overwrite an input; choose another name with --name" in found[0].error
    assert found[1].error == ""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links")
def test_a_link_to_an_input_is_no_output(folder):
    Path("out").mkdir()
    Path("out/photo-painting.png").symlink_to("../photo.png")
    assert "would overwrite an input" in plan({})[0].error


def test_no_output_lies_among_the_contents(folder):
    found = plan({"folder": PurePosixPath("photos")}, {}, searched=[Path("out/photos")])
    assert "lies among the pictures that were searched" in found[0].error
    assert found[1].error == ""
    assert plan({"folder": PurePosixPath("photos")}, searched=[Path()])[0].error == ""


def test_options_of_all_jobs_are_checked_before(folder):
    planner().check()
    with pytest.raises(OutputError, match=r"no colour picture can be saved as .xyz"):
        planner(pattern=NamePattern("a.xyz")).check()
    with pytest.raises(OutputError, match=r"--quality: .png has no quality"):
        planner(encoding={"quality": 5}).check()
    with pytest.raises(SettingsError, match="did you mean bold"):
        planner(preset="bald").check()
    with pytest.raises(OrtStyleError):
        BatchPlanner(folder=Path("out"), values={"iterations": (1, 2)}).check()


def test_thousands_of_jobs_read_each_file_once(folder):
    jobs = [{"values": {"seed": k % 7}} for k in range(3000)]
    found = plan(*jobs)
    assert len({one.output for one in found}) == 3000
    assert len({id(one.job.settings) for one in found}) == 7
