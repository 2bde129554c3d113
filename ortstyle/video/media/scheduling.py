"""The scheduling of this process's threads, which an encoder changes where it may."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "linux":
    _TASKS = Path("/proc/self/task")

    @contextmanager
    def same_scheduling() -> Iterator[None]:
        """Take back what is done in the context to how the system schedules threads.

        SVT-AV1, run by the superuser, makes the thread that opens it and all of its own ones
        real-time threads. Nothing else then runs beside them, and the processes that are started
        from there are real-time ones too. Threads that are new afterwards are scheduled as the
        calling thread was before.
        """
        before = dict(_threads())
        own = before.get(threading.get_native_id())
        try:
            yield
        finally:
            for thread, found in _threads():
                usual = before.get(thread, own)
                if usual and found != usual:
                    with suppress(OSError):  # it has just ended
                        os.sched_setscheduler(thread, *usual)

    def _threads() -> Iterator[tuple[int, tuple[int, os.sched_param]]]:
        """Yield the threads of this process, each with its policy and what belongs to that.

        Where the system does not tell of them, there are none.
        """
        with suppress(OSError):
            for path in _TASKS.iterdir():
                task = int(path.name)
                with suppress(OSError):  # it has just ended
                    yield task, (os.sched_getscheduler(task), os.sched_getparam(task))

else:  # where no encoder does so

    @contextmanager
    def same_scheduling() -> Iterator[None]:
        """Do nothing."""
        yield
