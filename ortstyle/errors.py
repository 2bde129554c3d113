"""The errors that ortstyle raises; all derive from `OrtStyleError`.

Every message is one line that names what is wrong and what to do about it. The command line prints
it unchanged.
"""


class OrtStyleError(Exception):
    """Base class of every error that ortstyle raises on purpose."""


class SettingsError(OrtStyleError, ValueError):
    """A setting is unknown, out of range or contradicts another one."""


class MemoryBudgetError(SettingsError):
    """A picture takes more memory than is available, even in the smallest tiles.

    Attributes
    ----------
    needed, available
        Bytes.
    """

    def __init__(self, message: str, *, needed: int, available: int) -> None:
        super().__init__(message)
        self.needed, self.available = needed, available


class PictureError(OrtStyleError):
    """A picture can't be read, or is unfit for its role, such as content or mask."""


class OutputError(OrtStyleError):
    """A file can't be written at the path that was given."""


class CheckpointError(OrtStyleError):
    """A checkpoint can't be written or read, or the run can't be resumed from it."""


class ModelError(OrtStyleError):
    """A model file can't be read, or is not a network that ortstyle can use."""


class GraphError(OrtStyleError):
    """A graph can't be built or differentiated."""


class DeviceError(OrtStyleError):
    """A device is missing, or can't run the graph."""


class OutOfMemoryError(DeviceError):
    """A device does not have enough memory."""


class NotFiniteError(OrtStyleError):
    """A loss or its gradient is infinite or not a number, so that no optimiser can go on."""
