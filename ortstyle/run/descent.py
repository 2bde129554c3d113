"""The optimiser of a run: on pixels or frequencies, here or in a device's memory."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ortstyle.errors import OutputError
from ortstyle.objective.tiled import TiledObjective
from ortstyle.objective.whole import Evaluation, Objective, Pixels
from ortstyle.optim.adam import Adam
from ortstyle.optim.cosine_transform import (
    LARGEST_MATRIX_SIDE,
    cosine_transform,
    inverse_cosine_transform,
)
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.mapped_files import (
    LARGEST_PAGE,
    RELEASE_INTERVAL,
    release_pages,
    temporary_file_array,
)
from ortstyle.optim.optimizer import Optimizer, Vector
from ortstyle.optim.spectral import SpectralOptimizer, frequency_scales
from ortstyle.optim.storage import COMBINED_BLOCK, VectorStorage
from ortstyle.runtime.device_vectors import DeviceVectors
from ortstyle.runtime.devices import Device
from ortstyle.settings.record import Settings
from ortstyle.settings.value_types import Step

AnyObjective = Objective | TiledObjective

_PAIR_BYTES: dict[VectorStorage, int] = {"float32": 4, "float16": 2}


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
    history
        Curvature pairs to keep, if not as many as the settings say.
    storage
        How L-BFGS's vectors are kept, "float32", "float16" or "disk"; see
        `optim.array_vectors.ArrayVectors`. A device's memory always holds them in float32.

    Raises
    ------
    OutputError
        The temporary file for the pairs can't be made, or has no room.
    """

    def __init__(
        self,
        objective: AnyObjective,
        start: Pixels,
        settings: Settings,
        *,
        history: int | None = None,
        storage: VectorStorage = "float32",
    ) -> None:
        if history is not None:
            settings = replace(settings, history=history)
        self.objective, self._settings, self._storage = objective, settings, storage
        self._shape = start.shape
        self._vectors = None
        if isinstance(objective, Objective) and objective.resident:
            self._vectors = objective.vectors(settings.history + 1)
        if self._vectors and settings.spectral:
            start = cosine_transform(start[0])[None]
            start /= frequency_scales(start.shape[2:], settings.spectral)
        elif storage == "disk" and settings.spectral:
            start = self._on_disk(start)
        self._start(start.ravel())

    def _on_disk(self, start: Pixels) -> Pixels:
        """Give the picture to start from in a file: it is the best one for a while."""
        try:
            copy = temporary_file_array(start.shape)
        except OSError as error:
            raise _no_room(error, start.nbytes) from error
        copy[:] = start
        release_pages()
        return copy

    def _start(self, x: Vector) -> None:
        settings = self._settings
        self.optimizer: Optimizer
        if self._vectors:
            # The objective's graph goes from frequencies to pixels itself.
            self.optimizer = _lbfgs(x, settings, vectors=self._vectors)
            return
        inner = partial(_plain, settings=settings, storage=self._storage)
        if settings.spectral:
            self.optimizer = SpectralOptimizer(
                x, self._shape[1:], exponent=settings.spectral, inner=inner
            )
        else:
            self.optimizer = inner(x)

    def evaluate(self) -> Evaluation:
        """Evaluate where the optimiser wants to and tell it.

        The evaluation comes without its gradient, which would take a vector as long as it is kept.

        Raises
        ------
        OrtStyleError
            As the objective does; or there is no room on disk for another of the vectors there.
        """
        if self._vectors:
            found = self.objective(self.optimizer.ask())
            self.optimizer.tell(found.loss, found.gradient)
            return replace(found, gradient=None)
        # No name may hold the picture, which takes as much as the gradient.
        found = self.objective(self.optimizer.ask().reshape(self._shape))
        try:
            self.optimizer.tell(found.loss, found.gradient.ravel())
        except OSError as error:
            raise _no_room(error, found.gradient.nbytes) from error
        return replace(found, gradient=None)

    def continue_with(self, objective: AnyObjective) -> None:
        """Evaluate with another objective of the same loss from now on.

        A resident optimiser's vectors are in the memory of the old one's device: it starts again
        from the best picture.
        """
        self.objective = objective
        if self._vectors and not objective.resident:
            best = self.picture()()
            self._vectors = None
            self._start(best.ravel())

    def restart(self) -> None:
        """Start again from the best picture."""
        best = self.optimizer.best
        del self.optimizer  # before there is room for another history
        self._start(best)

    def picture(self) -> Callable[[], Pixels]:
        """Give what gives the best picture so far, (1, 3, H, W), whenever it is called."""
        vectors, shape = self._vectors, self._shape
        if isinstance(self.optimizer, SpectralOptimizer):
            later = self.optimizer.deferred_best()
            return lambda: later().reshape(shape)
        best = self.optimizer.best
        if not vectors:
            return lambda: best.reshape(shape)
        exponent = self._settings.spectral

        def read() -> Pixels:
            found = vectors.get(best).reshape(shape)
            if not exponent:
                return found
            coefficients = found[0] * frequency_scales(shape[2:], exponent)
            return inverse_cosine_transform(coefficients)[None]

        return read


def resident(device: Device, settings: Settings) -> bool:
    """Tell whether the optimiser's vectors are to stay in the device's memory."""
    return bool(device.memory) and settings.optimizer == "lbfgs" and settings.engine == "portable"


def vectors_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Predict the most memory that a descent's vectors take at once, here and not on a device.

    What is on disk counts nothing. What the objective takes comes on top, but for its gradient.

    Parameters
    ----------
    settings
        The optimiser's.
    size
        (H, W) of the picture.
    history, storage
        As `Descent` takes them.
    """
    n = 3 * size[0] * size[1]
    spectral = 0.0
    if settings.spectral:
        # The gradient in pixels beside its transform; the scale, which is one plane of three.
        spectral = 1 + 1 / 3
        if max(size) <= LARGEST_MATRIX_SIDE:
            spectral += 2  # products with the cosine matrices
    if settings.optimizer == "adam":
        return int(4 * n * (6 + spectral))
    if storage == "disk":
        # Of every row and of the four points and gradients of a pass, what is read before
        # `release_pages`.
        read = 2 * (history + 1) * (2 * RELEASE_INTERVAL + LARGEST_PAGE)
        read += 4 * (4 * RELEASE_INTERVAL + LARGEST_PAGE)
        return int(4 * n * (1 + (spectral or 1))) + read
    # The last point and its gradient, an earlier one that was better, the point told with its
    # gradient.
    vectors = 5.0 + spectral
    if storage == "float32":
        vectors += min(1.0, COMBINED_BLOCK / n)
    return int(4 * n * vectors) + 2 * (history + 1) * n * _PAIR_BYTES[storage]


def file_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Count the bytes of the mapped files in which a descent's vectors are; as `vectors_bytes`."""
    if storage != "disk" or settings.optimizer != "lbfgs":
        return 0
    n = 3 * size[0] * size[1]
    # Both tables of pairs, in float16; the last point and its gradient, an earlier point that was
    # better, the point told with its gradient.
    return 2 * (history + 1) * n * _PAIR_BYTES["float16"] + 5 * 4 * n


def _plain(x: Vector, *, settings: Settings, storage: VectorStorage) -> Optimizer:
    if settings.optimizer == "adam":
        return Adam(x, learning_rate=settings.learning_rate)
    return _lbfgs(x, settings, storage=storage)


def _lbfgs(
    x: Vector,
    settings: Settings,
    *,
    vectors: DeviceVectors | None = None,
    storage: VectorStorage = "float32",
) -> LBFGS:
    # Normalised gradients are no gradient of the loss, so a line search on it has nothing to hold.
    step: Step = "published" if settings.normalize_gradients else settings.step
    try:
        return LBFGS(x, history=settings.history, step=step, vectors=vectors, storage=storage)
    except OSError as error:
        raise _no_room(error, (settings.history + 1) * x.nbytes) from error


def _no_room(error: OSError, needed: int) -> OutputError:
    return OutputError(
        f"{tempfile.gettempdir()}: no room for {needed / 1e9:.1f} GB of the optimiser's vectors "
        f"({error.strerror}); free some, name another folder in TMPDIR or lower --history"
    )
