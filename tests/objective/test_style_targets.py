"""The targets of the style loss: shares, regions, and the mean of statistics."""

import numpy as np
import pytest

from ortstyle.errors import SettingsError
from ortstyle.objective.objective import Style, masked_regions
from ortstyle.objective.style_targets import (
    contents_as_styles,
    style_targets,
    styles_with_shares,
)
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
        statistics_of=lambda style: {
            "relu1_1/gram": np.full((2, 2), 3 if style.region else 4 * style.share, dtype)
        },
        settings=Settings(style_loss="gram"),
    )
    assert set(targets) == {"style1.relu1_1", "style2.relu1_1"}
    assert (targets["style1.relu1_1"] == 2.5).all()
    assert (targets["style2.relu1_1"] == 3).all()
    assert {target.dtype for target in targets.values()} == {np.dtype(np.float32)}


def statistics(features):
    """Compute the statistics of features, (C, N)."""
    mean = features.mean(1, keepdims=True)
    return {"gram": features @ features.T / features.size, "mean": mean}


def test_a_flat_style_gets_the_variance_of_the_content_in_its_region():
    rng = np.random.default_rng(1)
    content, varied = rng.uniform(0, 5, (3, 40)), rng.uniform(0, 5, (3, 40))
    flat = np.full((3, 40), 2.0)
    regions = masked_regions([np.ones((2, 2), np.float32), np.ones((2, 2), np.float32)])
    settings = Settings(variance_floor=0.2)
    styles = [Style(pixels=PICTURE), Style(pixels=PICTURE, region=1)]
    contents = contents_as_styles(PICTURE, regions, settings)
    assert [content.region for content in contents] == [0, 1]

    def statistics_of(style):
        if any(style is found for found in contents):
            found = content
        else:
            found = varied if style.region else flat
        return {f"relu1_1/{name}": value for name, value in statistics(found).items()}

    targets = style_targets(
        regions, styles, contents=contents, statistics_of=statistics_of, settings=settings
    )
    deviation = content.std(1, keepdims=True)
    np.testing.assert_allclose(targets["style1.relu1_1.deviation"], deviation, rtol=1e-5)
    mean = np.maximum(content.mean(1, keepdims=True), 2)
    np.testing.assert_allclose(targets["style1.relu1_1.mean"], mean, rtol=1e-6)
    np.testing.assert_allclose(
        targets["style2.relu1_1.mean"], varied.mean(1, keepdims=True), rtol=1e-6
    )


@pytest.mark.parametrize("changes", [{"variance_floor": 0.0}, {"style_weight": 0.0}])
def test_without_a_floor_the_content_gives_no_statistics(changes):
    assert not contents_as_styles(PICTURE, masked_regions([None]), Settings(**changes))
