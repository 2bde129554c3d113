"""What a 3×3 convolution costs, as the direct sum and after Winograd, to choose between the two.

Costs are in multiplications of the direct sum. benchmarks/convolutions.py times both on a machine
and fits these numbers to it; nothing is timed in a run, so all machines with vectors of one width
choose alike.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module

#: The least gain that is worth it. It leaves out the first layers, whose maps are the largest, and
#: where equal features of a uniform area stay equal to the last bit and share a pool's gradient.
_GAIN = 0.1
#: With fewer tiles the transformed kernels, four times the kernels, take more memory than maps do.
_LEAST_TILES = 32


@dataclass(frozen=True)
class ConvolutionCosts:
    """What convolutions cost on a kind of processor.

    Wide vectors speed up the direct sum, but hardly reading, on which the transforms depend.

    Attributes
    ----------
    product
        A multiplication in the products of frequencies, which read more for each of them.
    transform
        A value of a transformed tile, be it made of the input or turned into the result.
    by_axis
        Whether tiles are transformed along one axis after the other, which takes fewer
        multiplications and passes over more memory, or along both at once.
    """

    product: float
    transform: float
    by_axis: bool

    def is_faster(self, inputs: int, outputs: int, tiles: int, *, tile: int = 4) -> bool:
        """Return whether a convolution is faster, or worth its memory, after Winograd.

        Parameters
        ----------
        inputs, outputs
            Its channels.
        tiles
            The number of tiles of its result.
        tile
            m of F(m×m, 3×3), the side of a tile.
        """
        direct = 9 * tile**2 * inputs * outputs
        products, values = self.product * inputs * outputs, self.transform * (inputs + outputs)
        rewritten = (tile + 2) ** 2 * (products + values)
        return tiles >= _LEAST_TILES and rewritten <= (1 - _GAIN) * direct


#: With vectors of at most 256 bits, such as AVX2.
NARROW = ConvolutionCosts(product=1.25, transform=90.0, by_axis=True)
#: With vectors of 512 bits, AVX-512. The transforms cost more than on one thread by itself, for
#: several threads share the memory: whole evaluations on two decided.
WIDE = ConvolutionCosts(product=1.5, transform=150.0, by_axis=False)


@cache
def costs_here() -> ConvolutionCosts:
    """Return the costs on this machine's processor, by what NumPy knows of it."""
    for numpy in ("numpy._core", "numpy.core"):  # the second before NumPy 2
        with suppress(ImportError):
            module = import_module(f"{numpy}._multiarray_umath")
            known = getattr(module, "__cpu_features__", {})
            return WIDE if known.get("AVX512_SKX") else NARROW
    return NARROW
