"""The targets of the style loss: the mean statistics of the styles of each region."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.style_losses import style_loss
from ortstyle.objective.objective import MaskedRegion, Pixels, Style
from ortstyle.objective.variance_floor import raise_variance
from ortstyle.settings.settings import Settings

Statistics = Mapping[str, NDArray[Any]]


def styles_with_shares(styles: Sequence[Pixels | Style], settings: Settings) -> list[Style]:
    """Return pictures as `Style`s with the shares of the settings' blend; `Style`s stay as is.

    Raises
    ------
    SettingsError
        The blend has another number of weights than there are styles.
    """
    if all(isinstance(style, Style) for style in styles):
        return [style for style in styles if isinstance(style, Style)]
    shares = settings.blend(len(styles))
    return [
        style if isinstance(style, Style) else Style(pixels=style, share=share)
        for share, style in zip(shares, styles, strict=True)
    ]


def contents_as_styles(
    content: Pixels, regions: Sequence[MaskedRegion], settings: Settings
) -> list[Style]:
    """Return the content in each region as a style, if there is a variance floor."""
    if not (settings.variance_floor and settings.style_weight):
        return []
    return [Style(pixels=content, mask=region.mask, region=k) for k, region in enumerate(regions)]


@np.errstate(over="ignore", invalid="ignore")  # where features overflow, the loss will tell
def style_targets(
    regions: Sequence[Region],
    styles: Sequence[Style],
    *,
    contents: Sequence[Style] = (),
    statistics_of: Callable[[Style], Statistics],
    settings: Settings,
) -> dict[str, NDArray[np.float32]]:
    """Compute the targets of every region, by the name of the loss graph's input.

    Parameters
    ----------
    regions
        The regions of the content.
    styles
        The styles, each with the index of its region.
    contents
        What `contents_as_styles` returned.
    statistics_of
        Returns the statistics of a style or content, by the name `<layer>/<statistic>`. The mean is
        computed in their dtype.
    settings
        The kind of style loss, and the variance floor.
    """
    loss = style_loss(settings.style_loss)
    targets: dict[str, NDArray[np.float32]] = {}
    for k, region in enumerate(regions):
        weighted = ((style.share, statistics_of(style)) for style in styles if style.region == k)
        of_content = _mean((1.0, statistics_of(c)) for c in contents if c.region == k)
        for layer, mean in _mean(weighted).items():
            wanted = mean
            if of_content:
                wanted = raise_variance(mean, of_content[layer], settings.variance_floor)
            for name, target in loss.make_targets(wanted).items():
                targets[loss.input_name(region.name, layer, name)] = target
    return targets


def _mean(
    weighted: Iterable[tuple[float, Statistics]],
) -> dict[str, dict[str, NDArray[np.float32]]]:
    """Return the weighted mean of statistics, by layer and statistic."""
    sums: dict[str, dict[str, NDArray[Any]]] = {}
    for share, statistics in weighted:
        for output, value in statistics.items():
            layer, _, name = output.rpartition("/")
            of_layer = sums.setdefault(layer, {})
            of_layer[name] = of_layer.get(name, 0) + value.dtype.type(share) * value
    return {
        layer: {name: value.astype(np.float32) for name, value in of_layer.items()}
        for layer, of_layer in sums.items()
    }
