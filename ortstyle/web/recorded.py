"""What Python computes for a small seeded picture: a page compares its device with these numbers.

Providers have had faults that give wrong numbers without an error, so a page does not paint on a
device before it has computed the same.
"""

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.graph.network import Network
from ortstyle.objective.objective import Pixels
from ortstyle.objective.whole import WholeObjective
from ortstyle.optim.cosine_transform import cosine_transform
from ortstyle.optim.lbfgs import LBFGS
from ortstyle.optim.spectral import SpectralOptimizer, frequency_scales
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings
from ortstyle.web.canvases import Size

#: (H, W) of the pictures, which fill a canvas.
CANVAS: Size = (48, 32)
EVALUATIONS = 4

_SEEDS = {"content": 1, "style": 2, "start": 3}
# The generator of Numerical Recipes, section 7.1.
_MULTIPLIER, _INCREMENT = 1664525, 1013904223
_RADIUS = 2  # of the box that smooths


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Loss and gradient of one picture, and the losses of a short run that starts from it.

    Attributes
    ----------
    settings
        The settings: the size is that of `CANVAS`, all of it is one scale.
    loss, terms
        The loss of the picture "start", and its terms.
    gradient
        The gradient, (1, 3, H, W) float32, with respect to the scaled cosine coefficients.
    losses
        The losses of the first evaluations of L-BFGS in these coefficients, from "start".
    """

    settings: Settings
    loss: float
    terms: dict[str, float]
    gradient: NDArray[np.float32]
    losses: tuple[float, ...]

    @classmethod
    def compute(cls, network: Network, settings: Settings) -> "Recorded":
        """Compute the numbers on the processor.

        Raises
        ------
        OrtStyleError
            The processor can't, such as because ONNX Runtime is not installed.
        """
        settings = replace(settings, size=max(CANVAS), scales=1, precision="float32")
        content, style, start = (seeded_picture(seed) for seed in _SEEDS.values())
        scales = frequency_scales(CANVAS, settings.spectral)
        optimizer = SpectralOptimizer(
            start.ravel(),
            (3, *CANVAS),
            exponent=settings.spectral,
            inner=lambda z: LBFGS(z, history=settings.history, step=settings.step),
        )
        losses = []
        with WholeObjective(
            network, content, styles=[style], settings=settings, device=find_device("cpu")
        ) as objective:
            first = objective(start)
            for _ in range(EVALUATIONS):
                found = objective(optimizer.ask().reshape(start.shape))
                losses.append(found.loss)
                optimizer.tell(found.loss, found.gradient.ravel())
        return cls(
            settings=settings,
            loss=first.loss,
            terms=dict(first.terms),
            gradient=cosine_transform(first.gradient[0])[None] * scales,
            losses=tuple(losses),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the numbers in a form that JSON can hold, and what a page needs to compute them.

        The pictures are given by their seeds; `seeded_picture` says how they are made. Arrays are
        float32, little-endian, in base64.
        """
        settings = self.settings
        return {
            "canvas": list(CANVAS),
            "seeds": _SEEDS,
            "weights": {
                "content": settings.content_weight,
                "style": settings.style_weight,
                "tv": settings.tv_weight,
            },
            "contentLimit": settings.content_limit,
            "spectral": settings.spectral,
            "varianceFloor": settings.variance_floor,
            "history": settings.history,
            "loss": self.loss,
            "terms": self.terms,
            "gradient": b64encode(self.gradient.astype("<f4").tobytes()).decode(),
            "losses": list(self.losses),
        }


def seeded_picture(seed: int) -> Pixels:
    """Make a picture of random colours, (1, 3, H, W) float32 of the size of `CANVAS`.

    Numbers are drawn by x ← 1664525·x + 1013904223 modulo 2³², which begins with the seed, one for
    each value in the order of the array; the upper 8 bits of each are noise. A pixel is the mean,
    rounded down, of the 5×5 values around it, those beyond a border from the opposite one, and its
    distance from 128 is then tripled within 0–255. All of it is exact in whole numbers.
    """
    height, width = CANVAS
    noise = np.empty(3 * height * width, np.int64)
    state = seed
    for k in range(noise.size):
        state = (_MULTIPLIER * state + _INCREMENT) % 2**32
        noise[k] = state >> 24
    planes = noise.reshape(1, 3, height, width)
    near = range(-_RADIUS, _RADIUS + 1)
    total = sum(np.roll(planes, (dy, dx), (2, 3)) for dy in near for dx in near)
    mean = np.asarray(total) // len(near) ** 2
    return np.asarray(np.clip(128 + 3 * (mean - 128), 0, 255), np.float32)
