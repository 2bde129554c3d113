"""Manifests: rows of CSV and JSON, and what is wrong with them."""

import json
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from ortstyle.errors import JobError, OrtStyleError, SettingsError
from ortstyle.jobs import manifest
from ortstyle.jobs.manifest import ManifestRow, read_manifest


@pytest.fixture
def rows(tmp_path):
    """Return a function that writes a manifest and reads its rows."""

    def read(text, *, suffix=".csv"):
        path = tmp_path / f"jobs{suffix}"
        data = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(data)
        return list(read_manifest(path))

    return read


def test_a_row_of_csv(rows, tmp_path):
    text = (
        "content,style,output,preset,--size,content-weight,iterations,equalize,quality\n"
        'a.jpg,p/b.jpg|c.jpg,x/1.jpg,bold,64,0.5,"200,100",no,80\n'
    )
    (row,) = rows(text)
    assert row == ManifestRow(
        line=2,
        content=tmp_path / "a.jpg",
        styles=(tmp_path / "p/b.jpg", tmp_path / "c.jpg"),
        output=PurePosixPath("x/1.jpg"),
        preset="bold",
        values={
            "size": 64,
            "content_weight": 0.5,
            "iterations": (200, 100),
            "equalize": False,
            "quality": 80,
        },
    )


def test_a_row_of_json(rows, tmp_path):
    data = {
        "content": "a.jpg",
        "style": ["b.jpg", "c|d.jpg"],
        "size": 64,
        "content-weight": 1,
        "equalize": False,
        "iterations": "20,10",
        "colors": None,
    }
    (row,) = rows("\n" + json.dumps(data) + "\n\n", suffix=".jsonl")
    assert row.line == 2
    assert row.error == ""
    assert row.styles == (tmp_path / "b.jpg", tmp_path / "c|d.jpg")
    wanted = {"size": 64, "content_weight": 1, "equalize": False, "iterations": (20, 10)}
    assert row.values == wanted


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfcontent;style\r\na, b.jpg;c.jpg\r\n",
        b'content,style\n\n"a, b.jpg",c.jpg\n,\n',
        b'Content,STYLE\n"a, b.jpg" ,c.jpg'.replace(b'" ,', b'",'),
        b'\ncontent,style,size\n"a, b.jpg",c.jpg\n',
    ],
)
def test_forms_of_csv(rows, text, tmp_path):
    (row,) = rows(text)
    assert (row.content, row.styles) == (tmp_path / "a, b.jpg", (tmp_path / "c.jpg",))


def test_an_empty_cell_is_not_given(rows):
    (row,) = rows("content,style,size,output\na.jpg,,,\n")
    assert (row.styles, row.values, row.output, row.error) == ((), {}, None, "")


def test_a_name_with_a_bar_that_exists_is_one_style(rows, tmp_path):
    try:
        (tmp_path / "b|c.jpg").touch()
    except OSError:
        pytest.skip("this file system has no such names")
    (row,) = rows("content,style\na.jpg,b|c.jpg\n")
    assert row.styles == (tmp_path / "b|c.jpg",)


def test_paths_of_settings_are_relative_to_the_manifest(rows, tmp_path):
    text = 'content,style,content_mask,init\na.jpg,b.jpg,"sky.png,-",noise\n'
    (row,) = rows(text)
    assert row.values == {"content_mask": (str(tmp_path / "sky.png"), ""), "init": "noise"}
    line = {"content": "a", "style": "b", "model": "m.onnx"}
    (row,) = rows(json.dumps(line), suffix=".jsonl")
    assert row.values == {"model": str(tmp_path / "m.onnx")}


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ("a.jpg,b.jpg,big", "size: 'big' is no size; give pixels, or content"),
        ("a.jpg,b.jpg,0", "--size must be at least 1, not 0"),
        (",b.jpg,64", "content is missing; name a picture"),
        ("a.jpg,b.jpg|,64", "style is missing; name a picture"),
        ("a.jpg,b.jpg,64,9", "it has 4 values for 3 columns; put quotes around commas"),
        ('a.jpg,"b"c,64', "it is no row of CSV"),
        ("a\0.jpg,b.jpg,64", "content 'a\\x00.jpg' can't be the name of a file"),
        (r"\\host\share\a.jpg,b.jpg,64", "content names \\\\host\\share\\a.jpg, a file on another"),
        (f"a.jpg,{'x' * 200_000},64", "it is no row of CSV (field larger than field limit"),
    ],
)
def test_a_row_that_is_wrong_is_told_and_the_others_go_on(rows, row, error):
    found = rows(f"content,style,size\nx.jpg,y.jpg,1\n{row}\nz.jpg,y.jpg,2\n")
    assert [one.line for one in found] == [2, 3, 4]
    assert [bool(one.error) for one in found] == [False, True, False]
    assert found[1].error.startswith(error)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("{", "it is no JSON ("),
        ("[]", "it is no JSON object"),
        ("[" * 100_000, "it is no JSON ("),
        ('{"content": "a", "content": "b"}', "it is no JSON (a name is there twice)"),
        ('{"content": "a", "Content": "b"}', "a name is there twice"),
        ('{"content": 5}', "content must be text, not 5"),
        ('{"content": "a", "style": [5]}', "style must be text, not 5"),
        ('{"content": "a", "style": {"b": 1}}', "style must be text"),
        ('{"content": "a", "sise": 5}', "the name: 'sise' is unknown; did you mean size?"),
        ('{"content": "a", "device": "cpu"}', "the name: 'device' is unknown"),
        ('{"content": "a", "size": [64]}', "size must be a whole number, or text in quotes"),
        ('{"content": "a", "equalize": "maybe"}', "equalize: 'maybe' is neither true nor false"),
        ('{"content": "a", "content_weight": NaN}', "--content-weight: nan is out of range"),
        ('{"content": "a", "output": "../x.png"}', "output '../x.png': it leads out"),
        ('{"content": "a", "output": "\\ud800.png"}', "output"),
        ('{"content": "\\ud800.png"}', "content '"),
        ('{"content": "a", "model": "//host/m.onnx"}', "the file names //host/m.onnx"),
        ('{"style": "a"}', "content is missing"),
    ],
)
def test_a_line_that_is_wrong_is_told_and_the_others_go_on(rows, line, error):
    good = '{"content": "x.jpg", "style": "y.jpg"}'
    found = rows(f"{good}\n{line}\n{good}\n", suffix=".jsonl")
    assert [bool(one.error) for one in found] == [False, True, False]
    assert found[1].error.startswith(error)
    assert len(found[1].error.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("content,stile\na,b\n", "column: 'stile' is unknown; did you mean style?"),
        ("content,style,device\na,b,cpu\n", "'device' is unknown"),
        ("content,size,--size\na,1,2\n", "column size is there twice"),
        ("style\nb.jpg\n", "the first row must name the columns, among them content"),
        ("a.jpg,b.jpg\n", "column: 'a.jpg' is unknown"),
        ("", "the first row must name the columns"),
    ],
)
def test_a_header_that_is_wrong_ends_the_batch(rows, text, words):
    with pytest.raises(SettingsError) as caught:
        rows(text)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"content\n\xff\xfe.jpg\n", "line 2 is not UTF-8 text; save the file as UTF-8"),
        (b"content\n" + b"a" * 1_000_001 + b"\n", "line 2 has more than 1 MB"),
        (b"content\n\n", "has no rows"),
        (b'"content\n', "can't be read"),
    ],
)
def test_a_file_that_is_no_manifest(rows, data, words):
    with pytest.raises(OrtStyleError, match=words):
        rows(data)


def test_the_number_of_rows_is_limited(rows, monkeypatch):
    monkeypatch.setattr(manifest, "MAX_ROWS", 3)
    assert len(rows("content\n" + "a.jpg\n" * 3)) == 3
    with pytest.raises(JobError, match="has more than 3 rows; split it"):
        rows("content\n" + "a.jpg\n" * 4)


@pytest.mark.parametrize(
    ("name", "words"),
    [("none.csv", "can't be read"), ("none.txt", "must end in .csv or .jsonl"), (".csv", "must")],
)
def test_a_file_that_is_missing_or_of_another_kind(tmp_path, name, words):
    with pytest.raises(OrtStyleError, match=words):
        list(read_manifest(tmp_path / name))
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(JobError, match="can't be read"):
        list(read_manifest(tmp_path / "folder.csv"))


def test_a_pipe_is_refused(tmp_path):
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes with a path")
    os.mkfifo(tmp_path / "jobs.csv")
    with pytest.raises(JobError, match="is a pipe"):
        list(read_manifest(tmp_path / "jobs.csv"))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["content", "style", "output", "size", "init", "preset", "style_layers"])


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES | st.text(max_size=5), JSON, max_size=5))
def test_any_json_gives_rows_or_one_line(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("m") / "jobs.jsonl"
    path.write_text(json.dumps(data), "utf-8")
    (row,) = read_manifest(path)
    assert row.error or isinstance(row.content, Path)
    assert len(row.error.splitlines()) <= 1


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"content,style\n", b"content;size\n", b""]))
def test_any_bytes_give_rows_or_one_line(tmp_path_factory, data, header):
    path = tmp_path_factory.mktemp("m") / "jobs.csv"
    path.write_bytes(header + data)
    try:
        errors = [row.error for row in read_manifest(path)]
    except OrtStyleError as error:
        errors = [str(error)]
    assert all(len(error.splitlines()) <= 1 for error in errors)
