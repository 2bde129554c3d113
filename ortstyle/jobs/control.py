"""What may be asked of a job while it is painted: pause, go on, stop, save now, show a preview."""

from threading import Condition

from ortstyle.jobs.events import PREVIEW_SIDE, check_preview_side

PAUSE_SECONDS = 1.0  # between two looks at a paused job


class Control:
    """Carries what is asked of one job to the thread that paints it; any thread may ask.

    What is asked takes effect when the evaluation that is being made has ended.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._is_paused = self._is_stopping = self._is_to_save = False
        self._side = 0  # of the preview that is asked for

    def pause(self) -> None:
        """Write a checkpoint, and wait until `proceed` or `stop` is called."""
        with self._changed:
            self._is_paused = True
            self._changed.notify_all()

    def proceed(self) -> None:
        """Go on after a pause."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    def stop(self) -> None:
        """Write a checkpoint, and stop; nothing takes this back."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def save(self) -> None:
        """Write a checkpoint now."""
        with self._changed:
            self._is_to_save = True
            self._changed.notify_all()

    def preview(self, side: int = PREVIEW_SIDE) -> None:
        """Tell the picture so far, with a longest side of at most so many pixels.

        Of several sides that are asked for at once, the largest one counts.

        Raises
        ------
        JobError
            See `events.check_preview_side`.
        """
        check_preview_side(side)
        with self._changed:
            self._side = max(self._side, side)
            self._changed.notify_all()

    @property
    def is_paused(self) -> bool:
        """Whether the job is to wait; a job that is to stop does not wait."""
        return self._is_paused and not self._is_stopping

    @property
    def is_stopping(self) -> bool:
        """Whether the job is to stop."""
        return self._is_stopping

    def take_save(self) -> bool:
        """Return whether a checkpoint has been asked for since this was called last."""
        with self._changed:
            found, self._is_to_save = self._is_to_save, False
        return found

    def take_preview(self) -> int | None:
        """Return the side of the preview that has been asked for since this was called last."""
        with self._changed:
            found, self._side = self._side, 0
        return found or None

    def wait(self, seconds: float) -> None:
        """Wait while the job is paused and nothing else is asked for, at most some seconds."""
        with self._changed:
            self._changed.wait_for(self._has_news, seconds)

    def _has_news(self) -> bool:
        return not self.is_paused or self._is_to_save or bool(self._side)
