"""The architecture: imports run one way, modules are small, rooms have a purpose and tests."""

import ast
import re
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ortstyle"
ROOMS = sorted(p.parent for p in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if not p.name.startswith("__"))
pytestmark = pytest.mark.skipif(
    not PACKAGE.is_dir(), reason="is about the repository; here only its tests are"
)

#: Records and literals without behaviour of their own; the tests of what uses them test them.
UNTESTED = {"settings/value_types.py", "pictures/mend.py"}


@pytest.fixture(scope="module")
def imports():
    """Return for every module of ortstyle the set of those that it imports."""
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("ortstyle", exclude_type_checking_imports=True, cache_dir=None)
    return {
        module: graph.find_modules_directly_imported_by(module)
        for module in graph.modules
        if module != "ortstyle"
    }


def room(module):
    return module.split(".")[1]


def test_imports_keep_the_order_of_the_rooms(monkeypatch):
    cli = pytest.importorskip("importlinter.cli")
    monkeypatch.chdir(ROOT)
    # Else the loggers of the whole process would be silent from then on, for other tests too.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    assert cli.lint_imports(no_cache=True, no_logo=True) == cli.EXIT_STATUS_SUCCESS


def test_no_modules_import_each_other_in_a_circle(imports):
    known = {module: found - {"ortstyle"} for module, found in imports.items()}
    assert list(TopologicalSorter(known).static_order())


def test_chains_of_imports_between_rooms_are_short(imports):
    rooms = {}
    for module, found in imports.items():
        others = {room(other) for other in found if other != "ortstyle"}
        rooms.setdefault(room(module), set()).update(others - {room(module)})
    length = {}
    for name in TopologicalSorter(rooms).static_order():
        length[name] = 1 + max((length[other] for other in rooms.get(name, ())), default=0)
    assert max(length.values()) <= 12


def test_the_package_has_few_entries():
    entries = {p.name for p in PACKAGE.iterdir()} - {"__pycache__", "models"}
    assert len(entries) <= 23


@pytest.mark.parametrize("folder", ROOMS, ids=lambda path: path.name)
def test_a_room_says_what_it_is_for(folder):
    tree = ast.parse((folder / "__init__.py").read_text("utf-8"))
    assert len(ast.get_docstring(tree) or "") > 60
    assert import_module(f"ortstyle.{folder.name}")


@pytest.mark.parametrize("folder", ROOMS, ids=lambda path: path.name)
def test_the_docs_show_each_room(folder):
    docs = ROOT / "docs"
    assert f"| `ortstyle/{folder.name}` |" in (docs / "how-it-works.md").read_text("utf-8")
    assert re.search(rf">{folder.name}[<,]", (docs / "rooms.svg").read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_is_small_and_has_tests(path):
    assert len(path.read_text("utf-8").splitlines()) <= 300
    inside = path.relative_to(PACKAGE)
    tests = ROOT / "tests" / inside.parent / f"test_{inside.name}"
    assert tests.exists() or inside.as_posix() in UNTESTED, f"no {tests.relative_to(ROOT)}"


def test_tests_mirror_the_modules():
    """The name of a test file begins with that of its module; an aspect of it may follow."""
    for folder in ROOMS:
        for path in (ROOT / "tests" / folder.name).rglob("test_*.py"):
            room = PACKAGE / path.relative_to(ROOT / "tests").parent
            modules = [module.stem for module in room.iterdir()]
            aspect = path.stem.removeprefix("test_")
            named = [name for name in modules if aspect == name or aspect.startswith(f"{name}_")]
            assert named, path.relative_to(ROOT)


def test_tests_do_not_import_each_other():
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in getattr(node, "names", ())]
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            assert not any(name.startswith("test_") for name in names), path
