"""Wine, under which the tests for Windows run where there is no Windows."""

import ctypes
import sys

#: Whether this is Wine, whose C library keeps back what is written to standard error until there
#: is enough of it, and whose threads have no affinity, of which x265 complains.
IS_WINE = sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")
