"""Results that a viewer locks at a random moment: a picture is there, and a sentence says where."""

import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from commands import MOMENTS, needs_runtime
from random_moments import (
    Moments,
    arguments_of,
    assert_nothing_is_left,
    assert_picture,
    disturb,
    start_again,
)

pytestmark = [
    needs_runtime,
    pytest.mark.skipif(sys.platform != "win32", reason="only Windows locks files that are open"),
]
OUTPUT = Path("a.png")


@contextmanager
def opened(path, *, share):
    """Open a file that exists and share it with other programs for reading, or not at all."""
    import ctypes
    from ctypes import wintypes

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateFileW.argtypes = (
        *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID),
        *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
    )
    kernel32.CreateFileW.restype = wintypes.HANDLE
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    read, existing = 0x80000000, 3
    handle = kernel32.CreateFileW(str(path), read, int(share), None, existing, 0, None)
    if handle == wintypes.HANDLE(-1).value:
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        yield
    finally:
        kernel32.CloseHandle(handle)


def lock(stack, *, share):
    """Open the output until the stack ends, once the program itself has it not open."""
    for tries in range(100):
        try:
            stack.enter_context(opened(OUTPUT, share=share))
        except OSError:
            if tries == 99:
                raise
            time.sleep(0.01)
        else:
            return


def lock_at(moments, folder, arguments, photo, *, share):
    """Lock the output, which exists, until the run has ended; tell whether it is elsewhere."""
    start_again(folder)
    photo.save(OUTPUT)
    before = OUTPUT.read_bytes()
    with ExitStack() as stack:
        found = disturb(arguments, moments, lambda _: lock(stack, share=share))
    told = found.code, found.out, found.error
    assert "Traceback" not in found.error, told
    assert_nothing_is_left(folder)
    is_kept = OUTPUT.read_bytes() == before
    if not found.saved:  # before the work the place is checked, and the run refused
        assert (found.code, is_kept) == (1, True), told
        assert f"output {OUTPUT} is open in another program" in found.error, told
        return False
    place = found.saved[-1]
    assert_picture(place)
    assert (found.code, is_kept) == ((0, False) if place == OUTPUT else (1, True)), told
    assert place == OUTPUT or place.parent == OUTPUT.parent, told
    return place != OUTPUT


def lock_at_random_moments(folder, network, photo, *, count):
    arguments = arguments_of(network, OUTPUT)
    moments = Moments.of(arguments, 4)
    return sum(
        lock_at(moments, folder, arguments, photo, share=turn % 2 == 0) for turn in range(count)
    )


def test_a_result_locked_at_any_moment(folder, network, photo):
    lock_at_random_moments(folder, network, photo, count=2)


@pytest.mark.slow
def test_many_results_locked_at_any_moment(folder, network, photo):
    elsewhere = lock_at_random_moments(folder, network, photo, count=MOMENTS)
    print(f"{elsewhere} of {MOMENTS} were saved elsewhere")  # noqa: T201
    assert elsewhere >= MOMENTS // 5
