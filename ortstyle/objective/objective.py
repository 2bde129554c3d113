"""The interface of an objective, whole or tiled, and the records that it takes and returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ortstyle.graph.loss_graph import Region
from ortstyle.objective.spatial_weights import Mask
from ortstyle.runtime.device_vectors import DeviceVectors

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Evaluation:
    """The loss of one picture and its gradient.

    Attributes
    ----------
    loss
        The sum of the terms.
    terms
        The terms of the loss, "content", "style" and "tv", multiplied by their weights, and
        "temporal" if the objective has an anchor.
    gradient
        d loss / d pixel, (1, 3, H, W) float32. A resident objective returns the derivative with
        respect to the variables that it was given, in the device's memory.
    """

    loss: float
    terms: Mapping[str, float]
    gradient: Any


@dataclass(frozen=True, eq=False)
class Anchor:
    """A picture that an objective holds its picture to, such as the frame before in a film.

    Attributes
    ----------
    pixels
        (1, 3, H, W) float32, RGB 0–255, of the content's size.
    weights
        (H, W) float32, from 0 where the anchor says nothing; see `graph.losses.temporal_loss`.
    """

    pixels: Pixels
    weights: Mask

    @property
    def bytes(self) -> int:
        """Bytes of pixels and weights."""
        return self.pixels.nbytes + self.weights.nbytes

    @property
    def inputs(self) -> dict[str, NDArray[np.float32]]:
        """The inputs of the loss graph that the anchor gives."""
        return {"anchor": self.pixels, "anchor.weights": self.weights[None, None]}

    @classmethod
    def of_several(cls, anchors: Sequence["Anchor"]) -> "Anchor":
        """Return the anchor that holds a picture as all of these together do.

        Its weights w̄ are the sum of theirs, and its pixels their weighted mean ā, so that
        Σ w_k (x − a_k)² and w̄ (x − ā)² have the same gradient; they differ by a constant. Where no
        anchor has a weight, the pixels are those of the first.

        Parameters
        ----------
        anchors
            One anchor or more, all of one size.
        """
        weights = np.stack([anchor.weights for anchor in anchors]).sum(axis=0, dtype=np.float64)
        total = np.zeros(anchors[0].pixels.shape)
        for anchor in anchors:
            total += anchor.weights.astype(np.float64) * anchor.pixels
        pixels = np.divide(
            total, weights, out=anchors[0].pixels.astype(np.float64), where=weights > 0
        )
        return cls(pixels.astype(np.float32), weights.astype(np.float32))


@dataclass(frozen=True, kw_only=True)
class Style:
    """A style picture and the region of the content that it paints.

    Attributes
    ----------
    pixels
        (1, 3, H, W) float32, RGB 0–255, of any size.
    share
        The weight of the picture's statistics in the mean over the styles of the region.
    mask
        (H, W) in 0–1, how much each pixel of the style counts; None if all count alike.
    region
        The index of the region.
    """

    pixels: Pixels
    share: float = 1.0
    mask: Mask | None = None
    region: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class MaskedRegion(Region):
    """A region of the content together with its mask.

    Attributes
    ----------
    mask
        (H, W) in 0–1, of the content's size; None for a region that is the whole content.
    """

    mask: Mask | None = None


def masked_regions(masks: Sequence[Mask | None]) -> list[MaskedRegion]:
    """Return the region of each mask, weighted by the share of the content that it covers."""
    return [
        MaskedRegion(
            name="style" if len(masks) == 1 else f"style{k + 1}",
            masked=mask is not None,
            share=1.0 if mask is None else float(mask.mean()),
            mask=mask,
        )
        for k, mask in enumerate(masks)
    ]


class Objective(Protocol):
    """The loss of pictures of one size, and its gradient, for one content and some styles.

    L = α·Σ content + β·Σ style + γ·TV; Gatys, Ecker, Bethge 2015, equation 7, by default with the
    published implementation's normalisation. `open`, or a with statement, must come before the
    first call.
    """

    @property
    def resident(self) -> bool:
        """Whether pictures and gradients stay in the device's memory."""

    @property
    def notice(self) -> str:
        """What a person should know after `open`, such as why evaluations take longer, or empty."""

    def open(self) -> Self:
        """Compute the targets and make the sessions; to be called once.

        Raises
        ------
        DeviceError
            The device can't run a graph.
        OutputError
            The disk has no room for features that are to be stored there.
        """

    def __call__(self, image: Any) -> Evaluation:
        """Evaluate a picture, (1, 3, H, W) float32, RGB 0–255, or a resident objective's vector."""

    def device_vectors(self, rows: int) -> DeviceVectors | None:
        """Return vectors in the device's memory with room for `rows` pairs; None if not resident.

        Raises
        ------
        DeviceError
            The device can't run the graphs of the vectors.
        """

    def close(self) -> None:
        """Free the memory of the sessions."""

    def __enter__(self) -> Self:
        """Open the objective."""

    def __exit__(self, *_: object) -> None:
        """Close the objective."""
