"""What a batch shall paint: pairs of pictures, and rows of manifests."""

from pathlib import Path, PurePosixPath

from queued import make_jobs

from ortstyle.jobs.batch_wanted import every_pair, rows_of, store_path, without_results
from ortstyle.jobs.folders import FoundPicture
from ortstyle.jobs.planned_job import Wanted
from ortstyle.jobs.store import Store


def test_every_content_with_every_style():
    contents = [FoundPicture(Path("a.jpg")), FoundPicture(Path("x/b.jpg"), PurePosixPath("x"))]
    styles = [FoundPicture(Path("s.jpg")), FoundPicture(Path("p/t.jpg"), PurePosixPath("p"))]
    found = [
        (one.content.name, one.styles[0].name, str(one.folder))
        for one in every_pair(contents, styles)
    ]
    assert found == [
        ("a.jpg", "s.jpg", "."),
        ("a.jpg", "t.jpg", "."),
        ("b.jpg", "s.jpg", "x"),
        ("b.jpg", "t.jpg", "x"),
    ]


def test_rows_of_a_manifest(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(
        "content,style,size,output\na.jpg,s.jpg|t.jpg,64,x/1.png\nb.jpg,,big,\n", "utf-8"
    )
    good, bad = rows_of(path, [])
    assert good == Wanted(
        content=tmp_path / "a.jpg",
        styles=(tmp_path / "s.jpg", tmp_path / "t.jpg"),
        output=PurePosixPath("x/1.png"),
        values={"size": 64},
        origin="jobs.csv, line 2",
    )
    assert bad.origin == "jobs.csv, line 3"
    assert bad.error.startswith("size: 'big' is no size")


def test_a_row_without_styles_has_each_of_the_command_line(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text("content\na.jpg\n", "utf-8")
    (row,) = rows_of(path, [])
    assert row.error == "style is missing; name one in the column style, or with --style"
    rows = rows_of(path, [FoundPicture(Path("s.jpg")), FoundPicture(Path("t.jpg"))])
    assert [one.styles for one in rows] == [(Path("s.jpg"),), (Path("t.jpg"),)]
    assert [one.error for one in rows] == ["", ""]


def test_results_of_a_folder_are_no_contents_of_its_batches(tmp_path):
    done, waiting = make_jobs(tmp_path, 2)
    contents = [FoundPicture(done.output), FoundPicture(waiting.output)]
    assert without_results(contents, tmp_path) == contents
    assert not store_path(tmp_path).exists()
    with Store(store_path(tmp_path)) as store:
        store.add([done, waiting])
        store.finish(done.key, seconds=1.0, work=None, sha256=None, device="cpu")
    assert without_results(contents, tmp_path) == contents[1:]
    others = [FoundPicture(tmp_path.parent / "0.png")]
    assert without_results(others, tmp_path) == others
