"""Names of outputs: patterns, names that are taken, and paths that lead elsewhere."""

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import assume, given, strategies as st

from ortstyle.errors import SettingsError
from ortstyle.jobs.naming import NamePattern, OutputNames, read_output


def name_all(*pairs, pattern="{content}-{style}.png", folder="."):
    """Name the outputs of pairs of content and style in their order."""
    names = OutputNames(NamePattern.read(pattern))
    return [
        names.name(
            Path(content),
            [Path(style)],
            folder=PurePosixPath(folder),
            preset="default",
            number=number,
        ).as_posix()
        for number, (content, style) in enumerate(pairs, 1)
    ]


def test_the_default_names_content_and_style():
    assert name_all(("photos/a.jpg", "b.tif"), folder="x/y") == ["x/y/a-b.png"]


def test_every_field():
    pattern = "{preset}/{style}/{number}-{content}.jpg"
    assert name_all(("a.jpg", "b.tif"), pattern=pattern) == ["default/b/0001-a.jpg"]


def test_several_styles_of_one_picture():
    names = OutputNames(NamePattern())
    found = names.name(
        Path("a.png"),
        [Path("b.png"), Path("c.png")],
        folder=PurePosixPath(),
        preset="bold",
        number=7,
    )
    assert found == PurePosixPath("a-b+c.png")


def test_later_jobs_of_the_same_name_get_the_suffix_of_the_content_and_then_a_number():
    pairs = [(name, "s.png") for name in ("a.jpg", "a.png", "A.PNG", "x/a.png", "y/a.png")]
    assert name_all(*pairs) == [
        "a-s.png",
        "a-png-s.png",
        "A-PNG-s-2.png",
        "a-png-s-3.png",
        "a-png-s-4.png",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [("Tree", "tree"), ("caf\u00e9", "cafe\u0301"), ("STRASSE", "straße"), ("\u01c4", "\u01c6")],
)
def test_names_that_some_file_system_takes_for_the_same(first, second):
    one, other = name_all((f"{first}.jpg", "s.png"), (f"{second}.tif", "s.png"))
    assert (one, other) == (f"{first}-s.png", f"{second}-tif-s.png")


def test_styles_of_the_same_name_are_told_apart():
    styles = ["monet/1.jpg", "klimt/1.jpg", "klimt/1.png", "1.gif", "1.gif", "x/klimt/1.jpg"]
    found = name_all(*(("a.png", style) for style in styles))
    expected = ["a-1.png", "a-klimt-1.png", "a-1-png.png", "a-1-gif.png", "a-png-1-gif.png"]
    assert found == [*expected, "a-1-jpg.png"]


def test_names_are_shortened_to_what_file_systems_take():
    (found,) = name_all(("ä" * 120 + ".jpg", "s" * 250 + ".png"))
    assert len(os.fsencode(found)) < 200
    assert found.startswith("ä" * 40 + "-sss")


def test_thousands_of_jobs_of_one_name_take_no_time():
    names = [("a.jpg", "s.png")] * 20_000
    assert len(set(name_all(*names))) == 20_000


def test_a_name_that_was_claimed_is_given_to_no_other():
    names = OutputNames(NamePattern())
    assert names.claim(PurePosixPath("A-s.PNG"))
    assert not names.claim(PurePosixPath("a-S.png"))
    found = names.name(
        Path("a.jpg"), [Path("s.png")], folder=PurePosixPath(), preset="default", number=1
    )
    assert found == PurePosixPath("a-jpg-s.png")


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("{contnt}.png", "'contnt' is unknown; did you mean content?"),
        ("{}.png", "is unknown; choose from content, style, preset, number"),
        ("{content.__class__}.png", "is unknown"),
        ("{content!r}.png", "takes no format"),
        ("{number:09}.png", "takes no format"),
        ("{content.png", "is no pattern"),
        ("{content}", "has no suffix"),
        ("{content}.", "has no suffix"),
        ("a.b/{content}", "has no suffix"),
        ("{content}.{style}", "has no suffix"),
        ("", "has no suffix"),
        ("../{content}.png", "leads out"),
        ("/{content}.png", "leads out"),
        ("a/.. /{content}.png", "leads out"),
        (r"..\{content}.png", "leads out"),
        ("C:/{content}.png", "colon"),
        ("{content}.png:x.png", "colon"),
        ("a\n{content}.png", "control character"),
        ("a./{content}.png", "end with a dot"),
        ("NUL.png", "Windows reserves the name NUL.png"),
        ("com1/{content}.png", "Windows reserves"),
        (".ortstyle/{content}.png", "ortstyle's own"),
        (".ortstyle-{content}.png", "ortstyle's own"),
    ],
)
def test_patterns_that_are_refused(pattern, words):
    with pytest.raises(SettingsError) as caught:
        NamePattern.read(pattern)
    assert str(caught.value).startswith("--name: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "content", "style", "words"),
    [
        ("{style}/{content}.png", "a.png", "...jpg", "leads out"),
        ("{content}.png", "aux.jpg", "s.png", "Windows reserves"),
        ("{content}/a.png", ".ortstyle.jpg", "s.png", "ortstyle's own"),
    ],
)
def test_names_of_pictures_that_make_no_name(pattern, content, style, words):
    with pytest.raises(SettingsError, match=words):
        name_all((content, style), pattern=pattern)


def test_a_folder_named_after_a_picture_ends_with_no_dot():
    assert name_all(("a.png", "b. .jpg"), pattern="{style}/{content}.png") == ["b/a.png"]


@pytest.mark.parametrize("text", ["a.png", "x/y/a b.jpg", "-a.png", "a{b}.png"])
def test_outputs_that_a_file_names(text):
    assert read_output(text, label="output") == PurePosixPath(text)
    assert read_output(text.replace("/", "\\"), label="output") == PurePosixPath(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "../a.png",
            "/a.png",
            "a/../../b.png",
            r"\\host\share\a.png",
            "C:a.png",
            "a.png:b",
            "~/.",
        ),
        *("", ".", "a//b.png", "a\0.png", "x/con.png", "lpt3 .txt", ".ortstyle/jobs.sqlite"),
    ],
)
def test_outputs_that_are_refused(text):
    with pytest.raises(SettingsError, match=r"^line 3: output "):
        read_output(text, label="line 3: output")


@given(st.text(max_size=20))
def test_no_output_leads_out_of_the_folder(text):
    try:
        found = read_output(text, label="output")
    except SettingsError:
        return
    assert not found.is_absolute()
    assert ".." not in found.parts
    assert os.path.normpath(found) == str(Path(found))


@given(st.text("./\\{}c:", max_size=12), st.text(" .\\ab", min_size=1, max_size=6))
def test_no_pattern_leads_out_of_the_folder(middle, stem):
    assume(Path(f"{stem}.jpg").stem)  # else Windows takes it for a folder
    try:
        found = name_all(
            (f"{stem}.jpg", f"{stem}.png"), pattern=f"{{style}}{middle}{{content}}.png"
        )
    except SettingsError:
        return
    (path,) = map(PurePosixPath, found)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert path.suffix == ".png"
