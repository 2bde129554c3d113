"""The files of the page, and those of the studio's that they name, and nothing else."""

import re
from importlib.resources import files

import pytest

from ortstyle.errors import SiteError
from ortstyle.web.page_files import GENERATED, page_files


@pytest.fixture
def make(tmp_path):
    """Return a function that makes the two folders from texts by name and returns the files."""

    def find(page, studio=()):
        for folder, texts in (("page", page), ("studio", dict(studio))):
            (tmp_path / folder).mkdir()
            for name, text in texts.items():
                path = tmp_path / folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
        return page_files(*(tmp_path / name for name in ("page", "studio", "examples")))

    return find


def test_all_of_the_page_is_taken(make):
    found = make({"index.html": "", "text/en.json": "{}", "app/deep/er.js": "", "sw.js": "a"})
    assert set(found) == {"index.html", "text/en.json", "app/deep/er.js", "sw.js"}
    assert found["sw.js"] == b"a"
    assert list(found) == sorted(found)


def test_what_is_hidden_or_python_s_own_is_left_out(make):
    assert set(make({"index.html": "", ".DS_Store": "", "__pycache__/a.pyc": ""})) == {"index.html"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.html", '<script type="module" src="js/it.js"></script>'),
        ("index.html", '<link rel="icon" href="js/it.js">'),
        ("web.css", 'a { background: url("js/it.js") }'),
        ("app/main.js", 'import { make,\n  icon } from "../js/it.js";'),
        ("app/main.js", 'import "../js/it.js";'),
        ("app/main.js", 'export * from "../js/it.js";'),
        ("app/main.js", 'const it = await import("../js/it.js");'),
        ("engine/main.mjs", 'fetch(new URL("../js/it.js", import.meta.url));'),
    ],
)
def test_a_file_that_is_named_is_taken_from_the_studio(make, name, text):
    found = make({name: text}, {"js/it.js": "it", "js/other.js": "other"})
    assert found == {name: text.encode(), "js/it.js": b"it"}


def test_what_the_studio_s_files_name_is_taken_too(make):
    studio = {"js/a.js": 'import "../components/b.js";', "components/b.js": 'import "./c.js";'}
    found = make({"app/main.js": 'import "../js/a.js";'}, studio | {"components/c.js": "c"})
    assert set(found) == {"app/main.js", "js/a.js", "components/b.js", "components/c.js"}


def test_the_page_s_own_file_comes_before_the_studio_s(make):
    page = {"app/main.js": 'import "../js/a.js";', "js/a.js": "own"}
    assert make(page, {"js/a.js": "studio's"})["js/a.js"] == b"own"


def test_an_example_is_the_package_s(make, tmp_path):
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "photo.jpg").write_bytes(b"a photograph")
    text = 'fetch(new URL("../examples/photo.jpg", import.meta.url));'
    assert make({"app/main.js": text})["examples/photo.jpg"] == b"a photograph"


@pytest.mark.parametrize(
    "text",
    [
        'import(`../js/${name}.js`); new URL("../", import.meta.url);',
        '/** @param {import("./types.js").Type} a\n * @type {import("./more.js").More}\n */',
        '// import "./gone.js";',
        'import ort from "onnxruntime-web";',
        'fetch(new URL("../site.json", import.meta.url));',
        'import("../runtime/ort.wasm.min.mjs");',
        'const KINDS = "image/*,.tif";',
    ],
)
def test_what_is_no_file_of_the_page_is_left(make, text):
    assert set(make({"app/main.js": text})) == {"app/main.js"}


def test_addresses_elsewhere_and_within_the_page_are_left(make):
    text = '<a href="https://example.com/a"></a><a href="#b"></a><img src="data:image/png,a">'
    assert set(make({"index.html": text})) == {"index.html"}


@pytest.mark.parametrize("link", ["./gone.js", "../../outside.js"])
def test_a_file_that_is_nowhere_is_an_error(make, link):
    with pytest.raises(SiteError, match=r"app/main\.js names .*, which does not exist"):
        make({"app/main.js": f'import "{link}";'})


# the package


def test_the_page_of_the_package_has_all_that_it_names():
    found = page_files()
    assert {"sw.js", "app/offline.js", "LICENSES.txt", "runtime/LICENSE"} <= found.keys()
    made = {name for name in found if name.startswith(GENERATED)}
    assert made == {"runtime/LICENSE"}


def test_files_of_the_page_are_in_the_wheel():
    """What git ignores, the wheel would lack."""
    ignored = {"build", "dist", "node_modules"}
    for name in page_files():
        assert not ignored & set(name.split("/")), name
    assert (files("ortstyle.web") / "page" / "sw.js").is_file()


def test_modules_that_the_studio_has_too_are_not_written_twice():
    studio = files("ortstyle.studio") / "page"
    page = files("ortstyle.web") / "page"
    for name, data in page_files().items():
        own = page.joinpath(*name.split("/"))
        if own.is_file() and studio.joinpath(*name.split("/")).is_file():
            assert not re.search(r"\.m?js$", name) or data != own.read_bytes(), name
