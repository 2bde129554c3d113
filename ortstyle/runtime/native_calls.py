"""Calls into ONNX Runtime, which the end of the program waits for.

A daemon thread may be inside such a call when the program ends. Up to Python 3.13 the interpreter
ends the thread as it comes back, in the middle of C++, and the whole process is aborted.
"""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final


class NativeCalls:
    """Knows which threads are making a call, and can have them make no more of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._callers = set[threading.Thread]()
        self._is_ending = False

    @contextmanager
    def call(self) -> Iterator[None]:
        """Make the block a call; once `end` was called, only the main thread enters it."""
        thread = threading.current_thread()
        with self._changed:
            while self._is_ending and thread is not threading.main_thread():
                self._changed.wait()  # for ever: the interpreter ends the thread here
            self._callers.add(thread)
        try:
            yield
        finally:
            with self._changed:
                self._callers.discard(thread)
                self._changed.notify_all()

    def end(self) -> None:
        """Have all threads but the main one begin no more calls, and wait for those under way."""
        # Ctrl-C may have kept the main thread from saying that its call is over.
        main = {threading.main_thread()}
        with self._changed:
            self._is_ending = True
            self._changed.wait_for(lambda: self._callers <= main)


#: Those of this process.
NATIVE_CALLS: Final = NativeCalls()
atexit.register(NATIVE_CALLS.end)
