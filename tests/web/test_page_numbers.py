"""The page's schedule, transforms and targets of the style loss equal Python's."""

import numpy as np
import pytest
from page_engine import call_engine

from ortstyle.graph.loss_graph import Region
from ortstyle.graph.style_losses import style_loss
from ortstyle.objective.objective import Style
from ortstyle.objective.style_targets import style_targets
from ortstyle.objective.variance_floor import raise_variance
from ortstyle.optim.cosine_transform import cosine_matrix
from ortstyle.optim.spectral import frequency_scales
from ortstyle.settings.schedule import schedule, values_at
from ortstyle.settings.settings import Settings

REGION = Region(masked=True)


def statistics(rng, channels, *, spread=1.0, positions=40):
    """Return the Gram matrix and the mean of features, which may be flat."""
    features = np.abs(rng.normal(size=(channels, 1)) * 10 + spread * rng.normal(size=positions))
    gram = features @ features.T / (channels * positions)
    return {"gram": np.float32(gram), "mean": np.float32(features.mean(1, keepdims=True))}


@pytest.fixture(scope="module")
def schedules():
    """Return arguments of `schedule`: every small number of evaluations, and many others."""
    rng = np.random.default_rng(0)
    found = [
        (size, scales, iterations)
        for size in (1, 127, 256, 301, 302, 425, 426, 512, 602, 603, 768, 1024, 1205, 2048)
        for scales in (0, 1, 2, 5)
        for iterations in (*range(1, 30), 50, 100, 125, 200, 250, 500, 1000)
    ]
    for _ in range(1000):
        size, scales = int(rng.integers(1, 4097)), int(rng.integers(0, 8))
        found.append((size, scales, int(rng.integers(1, 1500))))
        sides = len(schedule(size, scales, 10_000))
        found.append((size, scales, tuple(map(int, rng.integers(1, 99, sides)))))
    return found


@pytest.fixture(scope="module")
def values():
    """Return arguments of `values_at`."""
    return [
        (side, scales, weight, exponent)
        for size in (128, 400, 512, 768, 1024, 2048)
        for count in (0, 1, 3)
        for scales in [schedule(size, count, 100)]
        for side, _ in scales
        for weight, exponent in ((1.0, 0.5), (3.7, 1.0), (0.0, 0.0))
    ]


@pytest.fixture(scope="module")
def pairs():
    """Return statistics of styles and contents with floors; some styles are flat."""
    rng = np.random.default_rng(1)
    found = [
        (statistics(rng, channels, spread=spread), statistics(rng, channels), floor)
        for channels in (1, 2, 7, 33)
        for spread in (0, 1e-3, 0.1, 0.5, 1, 3)
        for floor in (0.01, 0.3, 1.0)
    ]
    flat = {"gram": np.full((2, 2), 2.0, np.float32), "mean": np.full((2, 1), 2.0, np.float32)}
    black = {"gram": np.zeros((2, 2), np.float32), "mean": np.zeros((2, 1), np.float32)}
    return [*found, (flat, flat, 0.5), (flat, black, 0.5), (black, flat, 0.5), (black, black, 0.5)]


@pytest.fixture(scope="module")
def found(schedules, values, pairs, tmp_path_factory):
    """Return what the page finds of all, by the name of the function."""
    both = layers(pairs)
    of_values = [
        (side, scales, {"contentWeight": weight, "spectral": exponent})
        for side, scales, weight, exponent in values
    ]
    calls = [
        *(("schedule.js", "schedule", *each) for each in schedules),
        ("schedule.js", "schedule", 512, 3, (1, 2)),
        ("schedule.js", "schedule", 512, 0, (1, 2, 3, 4)),
        *(("schedule.js", "valuesAt", *each) for each in of_values),
        *(("spectral.js", "cosineMatrix", n) for n in SIDES),
        ("spectral.js", "transposed", np.arange(9)),
        *(("spectral.js", "frequencyScales", *each) for each in SCALES),
        ("spectral.js", "spectralInputs", 5, 8, 0.7),
        ("spectral.js", "spectralInputs", 5, 8, 0),
        *(("targets.js", "makeTargets", style) for style, _, _ in pairs),
        *(("targets.js", "raiseVariance", *each) for each in pairs),
        *(("targets.js", "styleTargets", *both, floor) for floor in (0, 0.4)),
    ]
    answers = call_engine(calls, tmp_path_factory.mktemp("numbers"))
    found = {}
    for (_, function, *_), answer in zip(calls, answers, strict=True):
        found.setdefault(function, []).append(answer)
    return found


SIDES = (1, 2, 3, 16, 17, 48, 63, 144, 512)
SCALES = [(h, w, e) for h, w in ((1, 1), (3, 5), (48, 32), (160, 256)) for e in (0, 0.5, 0.8, 1, 2)]


def layers(pairs):
    """Return statistics of a style and of a content as the graph of statistics outputs them."""
    chosen = {"relu1_1": pairs[20], "relu2_1": pairs[37]}
    return [
        {
            f"{layer}/{name}": array
            for layer, pair in chosen.items()
            for name, array in pair[k].items()
        }
        for k in range(2)
    ]


def test_schedules(schedules, found):
    expected = [[list(scale) for scale in schedule(*each)] for each in schedules]
    assert found["schedule"][:-2] == expected


def test_as_many_evaluations_as_scales(found):
    assert list(map(str, found["schedule"][-2:])) == ["3 scales, not 2", "3 scales, not 4"]


def test_values_at_a_scale(values, found):
    for (side, scales, weight, exponent), page in zip(values, found["valuesAt"], strict=True):
        expected = values_at(side, scales, content_weight=weight, spectral=exponent)
        assert (page["contentWeight"], page["spectral"]) == expected


def test_cosine_matrices(found):
    for n, page in zip(SIDES, found["cosineMatrix"], strict=True):
        np.testing.assert_allclose(page.reshape(n, n), cosine_matrix(n), rtol=3e-7, atol=1e-12)


def test_frequency_scales(found):
    for (*size, exponent), page in zip(SCALES, found["frequencyScales"], strict=True):
        expected = frequency_scales(size, exponent)
        np.testing.assert_allclose(page.reshape(size), expected, rtol=2e-7)


def test_spectral_inputs(found):
    scaled, plain = found["spectralInputs"]
    scale = frequency_scales((5, 8), 0.7)
    columns, rows = cosine_matrix(5), cosine_matrix(8)
    expected = {
        "spectral.scale": scale,
        "spectral.inverse_scale": 1 / scale,
        "spectral.columns": columns,
        "spectral.columns_t": columns.T,
        "spectral.rows": rows,
        "spectral.rows_t": rows.T,
    }
    assert scaled.keys() == expected.keys()
    for name, array in expected.items():
        assert scaled[name]["dims"] == list(array.shape)
        page = scaled[name]["data"].reshape(array.shape)
        np.testing.assert_allclose(page, array, rtol=3e-7, atol=1e-12)
    for name in ("spectral.scale", "spectral.inverse_scale"):
        assert (plain[name]["data"] == 1).all()


def test_a_transpose(found):
    (page,) = found["transposed"]
    np.testing.assert_array_equal(page.reshape(3, 3), np.arange(9).reshape(3, 3).T)


def test_targets(pairs, found):
    for (style, _, _), page in zip(pairs, found["makeTargets"], strict=True):
        agree(page, style_loss("moments").make_targets(style))


def test_raised_variance(pairs, found):
    raised = 0
    for (style, content, floor), page in zip(pairs, found["raiseVariance"], strict=True):
        expected = raise_variance(style, content, floor)
        agree(page, expected)
        raised += expected["gram"] is not style["gram"]
    assert 10 < raised < len(pairs) - 10


@pytest.mark.parametrize(("index", "floor"), [(0, 0.0), (1, 0.4)])
def test_targets_of_all_layers(index, floor, pairs, found):
    style, content = layers(pairs)
    pixels = np.zeros((1, 3, 1, 1), np.float32)
    one, other = Style(pixels=pixels), Style(pixels=pixels)
    expected = style_targets(
        [REGION],
        [one],
        contents=[other] if floor else [],
        statistics_of=lambda each: style if each is one else content,
        settings=Settings(variance_floor=floor),
    )
    page = found["styleTargets"][index]
    agree(page, expected)


def agree(page, expected):
    assert page.keys() == expected.keys()
    for name, array in expected.items():
        scale = abs(array).max(initial=1e-30)
        page_array = page[name].reshape(array.shape)
        np.testing.assert_allclose(page_array, array, rtol=1e-6, atol=1e-7 * scale)
