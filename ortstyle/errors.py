"""The errors that ortstyle raises, one tree.

Every message is one line that names the thing at fault and the way out; the command line prints it
as it stands.
"""


class OrtStyleError(Exception):
    """Base of every error that ortstyle raises on purpose."""


class SettingsError(OrtStyleError, ValueError):
    """A setting is unknown, out of range or contradicts another."""


class PictureError(OrtStyleError):
    """A picture can't be read, or is unfit for the job."""


class OutputError(OrtStyleError):
    """A file can't be written where it was asked for."""


class CheckpointError(OrtStyleError):
    """A checkpoint can't be written, read, or gone on from."""


class ModelError(OrtStyleError):
    """A model file can't be read, or is not a network ortstyle can use."""


class GraphError(OrtStyleError):
    """A graph can't be built or differentiated."""


class DeviceError(OrtStyleError):
    """A device is missing, or can't run the graph."""


class ExhaustedError(DeviceError):
    """A device is out of memory."""
