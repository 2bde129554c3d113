"""The closing of a console on Windows, which is no signal: closed, logged off, shut down."""

import sys
from collections.abc import Callable
from threading import Event

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KERNEL = ctypes.WinDLL("kernel32", use_last_error=True)
    _HandlerRoutine = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
    _KERNEL.SetConsoleCtrlHandler.argtypes = (_HandlerRoutine, wintypes.BOOL)
    _KERNEL.SetConsoleCtrlHandler.restype = wintypes.BOOL

#: CTRL_CLOSE_EVENT, CTRL_LOGOFF_EVENT and CTRL_SHUTDOWN_EVENT of Windows.
CLOSING = (2, 5, 6)
_LONGER_THAN_WINDOWS_WAITS = 60.0  # seconds; it waits for 5 or 20


class ConsoleClosing:
    """Calls a function in a thread that Windows makes when the console is being closed.

    Windows ends the process as soon as its handler returns, and some seconds later if it does not.
    So the handler does not return before the process has ended by itself.

    Parameters
    ----------
    act
        Saves what has to be saved and returns when that is done.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        self._act, self._is_closing = act, False
        if sys.platform == "win32":
            self._routine = _HandlerRoutine(self.handle)
            _KERNEL.SetConsoleCtrlHandler(self._routine, True)

    def handle(self, event: int) -> bool:
        """Answer an event of the console; return whether no other handler shall see it."""
        if event not in CLOSING:
            return False  # Ctrl-C and Ctrl-Break are signals
        self._is_closing = True
        self._act()
        Event().wait(_LONGER_THAN_WINDOWS_WAITS)
        return True

    def end(self) -> None:
        """Leave the console's closing to Windows again, unless it is being closed."""
        # While the handler runs, Windows lets nobody remove it.
        if sys.platform == "win32" and not self._is_closing:
            _KERNEL.SetConsoleCtrlHandler(self._routine, False)
