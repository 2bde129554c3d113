"""How much memory and disk the vectors of an optimiser take."""

from ortstyle.optim.cosine_transform import LARGEST_MATRIX_SIDE
from ortstyle.optim.mapped_files import LARGEST_PAGE, RELEASE_INTERVAL
from ortstyle.optim.storage import COMBINED_BLOCK, VectorStorage
from ortstyle.settings.settings import Settings

_HEADER_BYTES = 100_000  # of a checkpoint: the description of the run and the losses
_PAIR_BYTES: dict[VectorStorage, int] = {"float32": 4, "float16": 2}


def vectors_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Predict the most bytes of the process's memory that an optimiser's vectors take at once.

    The gradient that the objective returns is included; all other memory of the objective, and
    vectors on disk, are not.

    Parameters
    ----------
    settings
        The settings of the optimiser.
    size
        (H, W) of the picture.
    history, storage
        The number of curvature pairs and how they are stored; see `optim.lbfgs.LBFGS`.
    """
    n = 3 * size[0] * size[1]
    spectral = 0.0
    if settings.spectral:
        # The gradient in pixels beside its transform, and the scales, which are one plane.
        spectral = 1 + 1 / 3
        if max(size) <= LARGEST_MATRIX_SIDE:
            spectral += 2  # products with the cosine matrices
    if settings.optimizer == "adam":
        return int(4 * n * (6 + spectral))
    if storage == "disk":
        # The pages that are read before `release_pages`: of every row of the history, and of the
        # four points and gradients that are read together.
        read = 2 * (history + 1) * (2 * RELEASE_INTERVAL + LARGEST_PAGE) + 4 * (
            4 * RELEASE_INTERVAL + LARGEST_PAGE
        )
        return int(4 * n * (1 + (spectral or 1))) + read
    # Five vectors: the last point and its gradient, an earlier point that was better, the new
    # point and its gradient.
    vectors = 5.0 + spectral
    if storage == "float32":
        vectors += min(1.0, COMBINED_BLOCK / n)
    return int(4 * n * vectors) + 2 * (history + 1) * n * _PAIR_BYTES[storage]


def vector_file_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Count the bytes of the mapped files that hold an optimiser's vectors.

    The parameters are those of `vectors_bytes`.
    """
    if storage != "disk" or settings.optimizer != "lbfgs":
        return 0
    n = 3 * size[0] * size[1]
    # Both tables of curvature pairs, in float16, and five vectors: the last point and its gradient,
    # an earlier point that was better, the new point and its gradient.
    return 2 * (history + 1) * n * _PAIR_BYTES["float16"] + 5 * 4 * n


def checkpoint_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Predict the most bytes that a checkpoint of the optimiser takes on disk.

    The parameters are those of `vectors_bytes`.
    """
    n = 3 * size[0] * size[1]
    if settings.optimizer == "adam":
        return 5 * 4 * n + _HEADER_BYTES
    # The trial, the current point and its gradient, the best point, and the start in pixels.
    vectors = 4 + bool(settings.spectral)
    pair = _PAIR_BYTES["float32" if storage == "float32" else "float16"]
    return vectors * 4 * n + 2 * (history + 1) * n * pair + _HEADER_BYTES
