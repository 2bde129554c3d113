"""The optimisation at one scale: of pixels or cosine coefficients, in NumPy or on a device."""

from dataclasses import replace
from functools import partial

from ortstyle.errors import OutputError
from ortstyle.objective.objective import Evaluation, Objective, Pixels
from ortstyle.optim.adam import Adam
from ortstyle.optim.cosine_transform import (
    cosine_transform,
    inverse_cosine_transform,
)
from ortstyle.optim.disk_folder import temporary_folder
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.mapped_files import (
    release_pages,
    temporary_file_array,
)
from ortstyle.optim.optimizer import Optimizer, Vector
from ortstyle.optim.spectral import (
    DeferredSamples,
    SpectralOptimizer,
    frequency_scales,
    reduced_samples,
)
from ortstyle.optim.storage import VectorStorage
from ortstyle.run.deferred_picture import DeferredPicture
from ortstyle.runtime.device_vectors import DeviceVectors
from ortstyle.runtime.devices import Device
from ortstyle.settings.settings import Settings


class Descent:
    """Moves a picture by an optimiser so that the loss of an objective falls.

    Parameters
    ----------
    objective
        The objective, open. If it is resident, the optimiser's vectors stay in its device's memory.
    start
        The picture to start from, (1, 3, H, W) float32.
    settings
        The settings of the optimiser.
    history
        Number of curvature pairs, if not that of the settings.
    storage
        How the vectors of L-BFGS are stored, "float32", "float16" or "disk"; see
        `optim.array_vectors.ArrayVectors`. A device's memory always holds them in float32.

    Raises
    ------
    OutputError
        The temporary file for curvature pairs can't be made, or the disk is full.
    """

    def __init__(
        self,
        objective: Objective,
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
        if objective.resident:
            self._vectors = objective.device_vectors(settings.history + 1)
        if self._vectors and settings.spectral:
            start = cosine_transform(start[0])[None]
            start /= frequency_scales(start.shape[2:], settings.spectral)
        elif storage == "disk" and settings.spectral:
            start = self._on_disk(start)
        self._start(start.ravel())

    def _on_disk(self, start: Pixels) -> Pixels:
        """Return a copy of the start in a mapped file; it may stay the best picture for a while."""
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
            # The objective's graph converts cosine coefficients to pixels.
            self.optimizer = _lbfgs(x, settings, vectors=self._vectors)
            return
        inner = partial(_optimizer_on_arrays, settings=settings, storage=self._storage)
        if settings.spectral:
            self.optimizer = SpectralOptimizer(
                x, self._shape[1:], exponent=settings.spectral, inner=inner
            )
        else:
            self.optimizer = inner(x)

    def evaluate(self) -> Evaluation:
        """Evaluate the point that the optimiser asks for, and tell the optimiser the result.

        The evaluation is returned without its gradient, so that keeping it takes no memory.

        Raises
        ------
        OrtStyleError
            The objective has failed, or the disk has no room for another vector.
        """
        if self._vectors:
            found = self.objective(self.optimizer.ask())
            self.optimizer.tell(found.loss, found.gradient)
            return replace(found, gradient=None)
        # The picture has no name here, so that it is freed before the gradient's memory is needed.
        found = self.objective(self.optimizer.ask().reshape(self._shape))
        try:
            self.optimizer.tell(found.loss, found.gradient.ravel())
        except OSError as error:
            raise _no_room(error, found.gradient.nbytes) from error
        return replace(found, gradient=None)

    def continue_with(self, objective: Objective) -> None:
        """Evaluate with another objective of the same loss from now on.

        If the vectors are in the memory of the old objective's device and the new objective is not
        resident, the optimiser starts again from the best picture.
        """
        self.objective = objective
        if self._vectors and not objective.resident:
            best = self.picture()()
            self._vectors = None
            self._start(best.ravel())

    def restart(self) -> None:
        """Start again from the best picture."""
        best = self.optimizer.best
        del self.optimizer  # frees its history before the next optimiser takes as much memory
        self._start(best)

    def picture(self) -> DeferredPicture:
        """Return the present best picture, (1, 3, H, W) float32, which is computed when called.

        It keeps that picture alive, or the vector it is computed from, and nothing else.
        """
        vectors, shape = self._vectors, self._shape
        if isinstance(self.optimizer, SpectralOptimizer):
            later = self.optimizer.deferred_best()
            reduce = later.reduced if isinstance(later, DeferredSamples) else None
            return DeferredPicture(lambda: later().reshape(shape), reduce)
        best = self.optimizer.best
        if not vectors:
            return DeferredPicture(lambda: best.reshape(shape))
        exponent, download = self._settings.spectral, vectors.deferred(best)
        if not exponent:
            return DeferredPicture(lambda: download().reshape(shape))

        def read() -> Pixels:
            coefficients = download().reshape(shape)[0] * frequency_scales(shape[2:], exponent)
            return inverse_cosine_transform(coefficients)[None]

        def reduce_coefficients(height: int, width: int) -> Pixels:
            scales = frequency_scales(shape[2:], exponent)[:height, :width]
            low = download().reshape(shape)[0, :, :height, :width] * scales
            return reduced_samples(low, shape[2:])

        return DeferredPicture(read, reduce_coefficients)


def resident(device: Device, settings: Settings) -> bool:
    """Tell whether the optimiser's vectors are to stay in the device's memory."""
    return bool(device.memory) and settings.optimizer == "lbfgs" and settings.engine == "portable"


def _optimizer_on_arrays(x: Vector, *, settings: Settings, storage: VectorStorage) -> Optimizer:
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
    try:
        return LBFGS(
            x,
            history=settings.history,
            # Normalised gradients are not the gradient of the loss, so no line search can use them.
            step="published" if settings.normalize_gradients else settings.step,
            vectors=vectors,
            storage=storage,
        )
    except OSError as error:
        raise _no_room(error, (settings.history + 1) * x.nbytes) from error


def _no_room(error: OSError, needed: int) -> OutputError:
    return OutputError(
        f"{temporary_folder()}: no room for {needed / 1e9:.1f} GB of the optimiser's vectors "
        f"({error.strerror}); free some space, name another folder in TMPDIR or lower --history"
    )
