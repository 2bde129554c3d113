"""The targets of the style loss: shares, regions, and the mean of statistics."""

import numpy as np
import pytest

from ortstyle.errors import SettingsError
from ortstyle.objective.objective import Style, masked_regions
from ortstyle.objective.style_targets import style_targets, styles_with_shares
from ortstyle.settings.settings import Settings

PICTURE = np.zeros((1, 3, 2, 2), np.float32)


def test_plain_pictures_get_the_shares_of_the_blend():
    styles = styles_with_shares([PICTURE, PICTURE], Settings(style_blend=(3.0, 1.0)))
    assert [style.share for style in styles] == [0.75, 0.25]
    kept = [Style(pixels=PICTURE, share=0.1)]
    assert styles_with_shares(kept, Settings(style_blend=(3.0, 1.0))) == kept
    with pytest.raises(SettingsError, match="2 weights for 1 style"):
        styles_with_shares([PICTURE], Settings(style_blend=(3.0, 1.0)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_region_gets_the_mean_of_its_styles(dtype):
    regions = masked_regions([np.ones((2, 2), np.float32), np.ones((2, 2), np.float32)])
    styles = [
        Style(pixels=PICTURE, share=0.25),
        Style(pixels=PICTURE, share=0.75),
        Style(pixels=PICTURE, region=1),
    ]
    targets = style_targets(
        regions,
        styles,
        statistics_of=lambda index: {"relu1_1/gram": np.full((2, 2), index + 1, dtype)},
        settings=Settings(style_loss="gram"),
    )
    assert set(targets) == {"style1.relu1_1", "style2.relu1_1"}
    assert (targets["style1.relu1_1"] == 1.75).all()
    assert (targets["style2.relu1_1"] == 3).all()
    assert {target.dtype for target in targets.values()} == {np.dtype(np.float32)}
