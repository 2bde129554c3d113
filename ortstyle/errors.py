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


class FilmError(OrtStyleError):
    """A film can't be read, or the folder in which it is being painted is not its own."""


class DamagedFrameError(FilmError):
    """A frame in the folder of a film is damaged or gone; it is made anew when asked for again."""


class OutputError(OrtStyleError):
    """A file can't be written at the path that was given."""


class CheckpointError(OrtStyleError):
    """A checkpoint can't be written or read, or the run can't be resumed from it."""


class CheckpointInUseError(CheckpointError):
    """Another run has locked the checkpoint."""


class JobError(OrtStyleError):
    """A job, or a message about one, has the wrong form, or a job can't be run."""


class JobStoreFull(JobError):  # noqa: N818  a state, which passes
    """The disk has no room for what a store of jobs is to keep."""


class JobBusy(JobError):  # noqa: N818  a state, which passes
    """The job is being painted already."""


class ClusterError(JobError):
    """A cluster can't be reached, or none of its workers can do what is asked."""


class StudioError(OrtStyleError):
    """The studio can't be started, or can't do what its page asks."""


class SiteError(OrtStyleError):
    """The page for browsers can't be made, or not in the folder that was given."""


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
