"""Objectives are closed whatever fails, and a run goes on in tiles where memory ran out."""

import pytest

from ortstyle.errors import DeviceError, OutOfMemoryError, OutputError
from ortstyle.objective.tiled import TiledObjective
from ortstyle.objective.whole import WholeObjective
from ortstyle.run import run as module
from ortstyle.run.stylize import stylize


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


@pytest.fixture
def closed(monkeypatch):
    """Return the list of objectives that have been closed."""
    found = []
    for kind in (WholeObjective, TiledObjective):
        close = kind.close
        monkeypatch.setattr(
            kind, "close", lambda self, close=close: found.append(self) or close(self)
        )
    return found


@pytest.fixture
def failing_descent(monkeypatch):
    """Return a function that makes the first descent fail."""

    def fail(error):
        real, errors = module.Descent, [error]

        def make(*args, **options):
            if errors:
                raise errors.pop()
            return real(*args, **options)

        monkeypatch.setattr(module, "Descent", make)

    return fail


@pytest.mark.parametrize("error", [OutOfMemoryError("no memory"), MemoryError()], ids=repr)
def test_no_memory_for_the_optimiser_is_mended_with_tiles(
    photo, painting, tiny_settings, closed, failing_descent, error
):
    failing_descent(error)
    run = stylize(photo, painting, tiny_settings(size=120, iterations=3))
    first = next(run)
    assert "out of memory; continuing in tiles of" in first.notice
    assert [type(each) for each in closed] == [WholeObjective]
    assert len(list(run)) == 2


def test_another_error_ends_the_run_and_closes_the_objective(
    photo, painting, tiny_settings, closed, failing_descent
):
    failing_descent(OutputError("the disk is full"))
    run = stylize(photo, painting, tiny_settings())
    with pytest.raises(OutputError, match="the disk is full"):
        next(run)
    assert closed


@pytest.mark.parametrize("error", [DeviceError("lost"), KeyboardInterrupt()], ids=repr)
def test_an_objective_that_can_t_be_opened_is_closed(
    photo, painting, tiny_settings, closed, monkeypatch, error
):
    def fail(self):
        raise error

    monkeypatch.setattr(WholeObjective, "open", fail)
    run = stylize(photo, painting, tiny_settings())
    with pytest.raises(type(error)):
        next(run)
    assert closed
