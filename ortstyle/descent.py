"""The optimiser of a run: on pixels or frequencies, here or in a device's memory."""

from collections.abc import Callable
from functools import partial

from ortstyle.objective import Evaluation, Objective, Pixels
from ortstyle.optim import Optimizer, Vector
from ortstyle.optim.adam import Adam
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.spectral import Spectral, inverse, scales, transform
from ortstyle.runtime.devices import Device
from ortstyle.runtime.vectors import DeviceVectors
from ortstyle.settings import Settings, Step


class Descent:
    """A descent from a picture.

    Parameters
    ----------
    objective
        Open. A resident one takes and gives vectors in its device's memory, where the optimiser's
        stay too.
    start
        (1, 3, H, W) float32.
    settings
        The optimiser's.
    """

    def __init__(self, objective: Objective, start: Pixels, settings: Settings) -> None:
        self._objective, self._settings = objective, settings
        self._shape = start.shape
        self._vectors = objective.vectors(settings.history + 1) if objective.resident else None
        if self._vectors and settings.spectral:
            start = (transform(start[0]) / scales(start.shape[2:], settings.spectral))[None]
        self._start(start.ravel())

    def _start(self, x: Vector) -> None:
        settings = self._settings
        self.optimizer: Optimizer
        if self._vectors:
            # The objective's graph goes from frequencies to pixels itself.
            self.optimizer = _lbfgs(x, settings, self._vectors)
        elif settings.spectral:
            self.optimizer = Spectral(
                x, self._shape[1:], exponent=settings.spectral, inner=partial(_plain, settings)
            )
        else:
            self.optimizer = _plain(settings, x)

    def evaluate(self) -> Evaluation:
        """Evaluate where the optimiser wants to and tell it."""
        x = self.optimizer.ask()
        if self._vectors:
            found = self._objective(x)
            self.optimizer.tell(found.loss, found.gradient)
        else:
            found = self._objective(x.reshape(self._shape))
            self.optimizer.tell(found.loss, found.gradient.ravel())
        return found

    def restart(self) -> None:
        """Start again from the best picture."""
        self._start(self.optimizer.best)

    def picture(self) -> Callable[[], Pixels]:
        """Give what gives the best picture so far, (1, 3, H, W), whenever it is called."""
        best, vectors, shape = self.optimizer.best, self._vectors, self._shape
        if not vectors:
            return lambda: best.reshape(shape)
        exponent = self._settings.spectral

        def read() -> Pixels:
            found = vectors.get(best).reshape(shape)
            return inverse(found[0] * scales(shape[2:], exponent))[None] if exponent else found

        return read


def resident(device: Device, settings: Settings) -> bool:
    """Tell whether the optimiser's vectors are to stay in the device's memory."""
    return bool(device.memory) and settings.optimizer == "lbfgs" and settings.engine == "portable"


def _plain(settings: Settings, x: Vector) -> Optimizer:
    if settings.optimizer == "adam":
        return Adam(x, learning_rate=settings.learning_rate)
    return _lbfgs(x, settings)


def _lbfgs(x: Vector, settings: Settings, vectors: DeviceVectors | None = None) -> LBFGS:
    # Normalised gradients are no gradient of the loss, so a line search on it has nothing to hold.
    step: Step = "published" if settings.normalize_gradients else settings.step
    return LBFGS(x, history=settings.history, step=step, vectors=vectors)
