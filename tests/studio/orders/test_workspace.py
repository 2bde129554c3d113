"""What is being composed is there again, whatever its file holds."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ortstyle.studio.faults import NoSpace, Refused
from ortstyle.studio.orders.workspace import EMPTY, read_workspace, write_workspace


@pytest.fixture
def path(tmp_path):
    return tmp_path / "workspace.json"


def test_what_is_composed_comes_back(path):
    data = {"order": {"photograph": None, "amount": 0.5, "note": "ü"}, "current": "a" * 20}
    assert write_workspace(path, data) == data
    assert read_workspace(path) == data
    assert write_workspace(path, {"order": None}) == EMPTY
    assert read_workspace(path) == EMPTY


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"order": []},
        {"order": {}, "current": "../x"},
        {"order": {}, "other": 1},
        {"order": {"x": float("nan")}},
        {"order": {"x": "y" * 200_000}},
        {"order": {"x": b"y"}},
    ],
)
def test_what_is_unfit_is_refused_and_changes_nothing(path, data):
    write_workspace(path, {"order": {"kept": 1}, "current": None})
    with pytest.raises(Refused):
        write_workspace(path, data)
    assert read_workspace(path) == {"order": {"kept": 1}, "current": None}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"order": 5}', b"[" * 100_000, b" " * 300_000, b'{"x": 1}'],
)
def test_a_damaged_file_is_an_empty_workspace(path, content):
    path.write_bytes(content)
    assert read_workspace(path) == EMPTY


def test_several_tabs_may_write_and_read_at_once(path):
    def use(number):
        for _ in range(20):
            write_workspace(path, {"order": {"tab": number}})
            assert read_workspace(path)["order"] is not None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(use, range(4)))


def test_a_missing_file_is_an_empty_workspace(path):
    assert read_workspace(path) == EMPTY


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(NoSpace, match="free some space"):
        write_workspace(tmp_path / "gone" / "workspace.json", EMPTY)
