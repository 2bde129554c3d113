"""How much memory and disk the vectors of an optimiser take."""

from ortstyle.optim.cosine_transform import LARGEST_MATRIX_SIDE
from ortstyle.optim.mapped_files import LARGEST_PAGE, RELEASE_INTERVAL
from ortstyle.optim.storage import COMBINED_BLOCK, VectorStorage
from ortstyle.settings.record import Settings

_PAIR_BYTES: dict[VectorStorage, int] = {"float32": 4, "float16": 2}


def vectors_bytes(
    settings: Settings, size: tuple[int, int], *, history: int, storage: VectorStorage
) -> int:
    """Predict the most memory that an optimiser's vectors take at once, in the process's memory.

    The gradient that the objective returns is among them; all else that the objective takes is
    not. What is on disk does not count.

    Parameters
    ----------
    settings
        The optimiser's.
    size
        (H, W) of the picture.
    history, storage
        As `optim.lbfgs.LBFGS` takes them.
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
        # What is read before `release_pages`: of every row of the history, and of the four points
        # and gradients that are read together.
        read = 2 * (history + 1) * (2 * RELEASE_INTERVAL + LARGEST_PAGE) + 4 * (
            4 * RELEASE_INTERVAL + LARGEST_PAGE
        )
        return int(4 * n * (1 + (spectral or 1))) + read
    # The last point and its gradient, an earlier point that was better, the new point and its
    # gradient.
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
    # Both tables of curvature pairs, in float16; the last point and its gradient, an earlier point
    # that was better, the new point and its gradient.
    return 2 * (history + 1) * n * _PAIR_BYTES["float16"] + 5 * 4 * n
