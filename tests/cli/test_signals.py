"""How a signal's exception ends the program, also where none can be raised."""

import gc
import signal
import sys
import weakref

import pytest
from commands import PICTURES, names, needs_runtime, start_after

from ortstyle.cli.signals import (
    STOPPING,
    begin_program,
    end_program,
    ending_code,
    ending_error,
    handled_by,
)

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def ended():
    """Handle signals as a program does; yield the list of those that came, and restore all."""
    came = []

    def handle(number, frame):
        came.append(number)
        end_program(number, frame, handle)

    before = [signal.getsignal(number) for number in STOPPING], sys.unraisablehook
    begin_program()
    with handled_by(handle):
        yield came
    assert ([signal.getsignal(number) for number in STOPPING], sys.unraisablehook) == before
    assert sys.getprofile() is None
    begin_program()


class ExtensionFileLoader:
    """Python's import system, as it loads a library written in C."""

    def exec_module(self, library):
        """Let a library do something."""
        return library()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_program_at_once(ended, number, code):
    assert ending_code() is None
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        signal.raise_signal(number)
    assert ended == [number]
    assert ending_code() == code
    begin_program()
    assert ending_code() is None


def test_exceptions_that_end_a_program():
    error = ending_error(signal.SIGTERM)
    assert (type(error), error.code) == (SystemExit, 143)
    assert type(ending_error(signal.SIGINT)) is KeyboardInterrupt


@pytest.mark.parametrize("number", SIGNALS)
def test_a_library_that_is_being_loaded_is_loaded_first(ended, number):
    loaded = []

    def library():
        signal.raise_signal(number)
        ExtensionFileLoader().exec_module(lambda: loaded.append("another"))
        loaded.append("library")

    def load():
        ExtensionFileLoader().exec_module(library)
        pytest.fail("the program goes on")

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        load()
    assert ended == [number, number]  # it came once, and was looked at again
    assert loaded == ["another", "library"]


@pytest.mark.parametrize("number", SIGNALS)
def test_an_exception_that_python_drops_is_raised_again(ended, capfd, number):
    class Thing:
        def __del__(self):
            signal.raise_signal(number)

    def drop():
        thing = Thing()
        weakref.finalize(thing, str)  # whose callback drops it once more
        del thing
        gc.collect()
        return len([str(i) for i in range(10)])

    with pytest.raises((KeyboardInterrupt, SystemExit)):
        drop()
    assert ended == [number] * 3
    assert capfd.readouterr().err == ""


def test_what_else_python_drops_is_reported_as_before(capfd, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Thing:
        def __del__(self):
            raise ZeroDivisionError

    class Interrupted:
        def __del__(self):
            raise KeyboardInterrupt  # of somebody else

    with handled_by(lambda *_: None):
        Thing()
        Interrupted()
        gc.collect()
    assert [found.exc_type for found in told] == [ZeroDivisionError, KeyboardInterrupt]


#: A library written in C, which takes no exception while it is loaded.
LIBRARY = """
import os, signal, sys
from importlib.machinery import ModuleSpec
class ExtensionFileLoader:
    def find_spec(self, name, path=None, target=None):
        if name == {library!r}:
            return ModuleSpec(name, self, origin="library.so")
    def create_module(self, spec):
        try:
            signal.raise_signal({number})
            str(spec)
        except BaseException:
            os.abort()
    def exec_module(self, module):
        raise ImportError("initialization failed")
sys.meta_path.insert(0, ExtensionFileLoader())
"""
#: One that makes an answer of the exception.
CATCHING = """
import signal
from ortstyle.runtime import availability
def why_unavailable(device):
    try:
        signal.raise_signal({number})
    except BaseException as error:
        {end}
availability.why_unavailable = why_unavailable
"""
RENDER = ["render", *PICTURES]


@needs_runtime
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (LIBRARY.replace("{library!r}", "'onnxruntime'"), ["devices"]),
        (LIBRARY.replace("{library!r}", "'onnxruntime'"), RENDER),
        (LIBRARY.replace("{library!r}", "'onnx_ir'"), RENDER),
        (LIBRARY.replace("{library!r}", "'PIL.Image'"), RENDER),
        (CATCHING.replace("{end}", "return 'lost'"), ["devices"]),
        (CATCHING.replace("{end}", "return 'lost'"), RENDER),
        (CATCHING.replace("{end}", "raise ImportError from error"), RENDER),
    ],
)
def test_no_library_loses_a_signal(folder, number, code, arguments):
    before = names(folder)
    found = start_after(code.replace("{number}", str(int(number))), *arguments)
    assert found.returncode == 128 + number, found.stderr
    assert found.stderr.startswith("ortstyle: stopped")
    assert len(found.stderr.splitlines()) == 1, found.stderr
    assert names(folder) == before


@needs_runtime
@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("stopped", [False, True])
def test_a_signal_that_comes_once_all_is_done_is_ignored(folder, number, stopped):
    code = f"import atexit, signal; atexit.register(signal.raise_signal, {int(number)})\n"
    if stopped:  # by another signal
        code += LIBRARY.format(library="onnx_ir", number=int(signal.SIGTERM))
    found = start_after(code, *(RENDER if stopped else ["--version"]))
    assert found.returncode == (143 if stopped else 0), found.stderr
    assert len(found.stderr.splitlines()) == stopped, found.stderr
