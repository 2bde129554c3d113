"""The objective of a whole picture: its graph, targets, anchor, regions and gradient."""

from dataclasses import replace

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from networks import (
    VGG19,
    anchor,
    difference,
    in_float64,
    light,
    picture,
    run_session,
    with_random_weights,
)
from numeric import evaluator, noise, operators, run

from ortstyle.errors import GraphError, SettingsError
from ortstyle.graph.autodiff import gradient
from ortstyle.graph.distances import mean_squared_error
from ortstyle.graph.feature_statistics import WeightedFeatures, gram
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import PORTABLE, Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.values import shape_of
from ortstyle.objective.objective import Style
from ortstyle.objective.whole import WholeObjective
from ortstyle.run import descent
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

SMALL = {
    "content_layers": (("relu2_1", 1.0),),
    "style_layers": (("relu1_1", 1.0), ("relu2_1", 0.5)),
    "content_weight": 5.0,
    "style_weight": 100.0,
    "tv_weight": 1e-2,
    "equalize": False,
    "style_loss": "gram",
    "tv": "sum",
    "padding": "zero",
}
SIZE = (15, 18)


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def small(**changes):
    return Settings(**(SMALL | changes))


def feeds_of(model, dtype=np.float32):
    """Make an image and seeded targets for the inputs of a loss graph."""
    rng = np.random.default_rng(7)
    feeds = {v.name: rng.uniform(0, 60, shape_of(v)).astype(dtype) for v in model.graph.inputs}
    return feeds | {"image": picture(*shape_of(model.graph.inputs[0])[2:]).astype(dtype)}


def evaluate(model):
    """Compute loss, terms and gradient in float64."""
    return run(evaluator(in_float64(model)), feeds_of(model, np.float64))


VARIANTS = {
    "all terms": {},
    "average pooling": {"pooling": "avg"},
    "content alone": {"style_weight": 0.0, "tv_weight": 0.0},
    "style alone": {"content_weight": 0.0, "tv_weight": 0.0},
    "weights of one": {"content_weight": 1.0, "style_weight": 0.0, "tv_weight": 0.0},
    "several content layers": {"content_layers": (("relu1_1", 2.0), ("relu1_2", 0.3))},
    "one layer for both": {
        "content_layers": (("relu1_2", 1.0),),
        "style_layers": (("relu1_2", 1.0),),
    },
    "before the rectifier": {"content_layers": (("conv1_1", 1.0),)},
    "limited content": {"equalize": True, "content_limit": 0.1},
}


@pytest.mark.parametrize("anchored", [False, True], ids=["free", "anchored"])
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_the_gradient_is_that_of_the_loss(vgg19, changes, anchored):
    model = loss_model(vgg19, SIZE, settings=small(**changes), anchored=anchored)
    compute, feeds = evaluator(in_float64(model)), feeds_of(model, np.float64)
    if anchored:  # the loss is not to be so large that its difference is rounded away
        feeds["anchor.weights"] /= 1e3
    v, step = noise(1, 3, *SIZE), 1e-5
    found = run(compute, feeds)
    exact = (found["gradient"] * v).sum()
    above, below = (
        run(compute, feeds | {"image": feeds["image"] + s * step * v})["loss"] for s in (1, -1)
    )
    assert exact == pytest.approx((above - below) / (2 * step), rel=1e-6)
    terms = [found[name] for name in ("content", "style", "tv", "temporal") if name in found]
    assert found["loss"] == pytest.approx(sum(terms), rel=1e-12)
    assert ("temporal" in found) is anchored


def test_the_terms_are_numpys(vgg19):
    settings = small()
    model = loss_model(vgg19, SIZE, settings=settings, statistics=True)
    found, feeds = evaluate(model), feeds_of(model, np.float64)

    def error(name):
        return ((found[f"statistics.{name}"] - feeds[name]) ** 2).mean()

    image = feeds["image"]
    tv = abs(np.diff(image, axis=2)).sum() + abs(np.diff(image, axis=3)).sum()
    assert found["content"] == pytest.approx(5 * error("content.relu2_1"))
    style = error("style.relu1_1") + 0.5 * error("style.relu2_1")
    assert found["style"] == pytest.approx(100 * style)
    assert found["tv"] == pytest.approx(1e-2 * tv)


@pytest.mark.parametrize(
    ("changes", "outputs", "inputs"),
    [
        ({}, "loss content style tv gradient", "image content.relu2_1 style.relu1_1 style.relu2_1"),
        ({"tv_weight": 0.0}, "loss content style gradient", None),
        (
            {"content_weight": 0.0},
            "loss style tv gradient",
            "image style.relu1_1 style.relu2_1",
        ),
        ({"style_weight": 0.0}, "loss content tv gradient", "image content.relu2_1"),
    ],
)
def test_terms_of_weight_zero_are_left_out(vgg19, changes, outputs, inputs):
    model = loss_model(vgg19, SIZE, settings=small(**changes))
    assert [value.name for value in model.graph.outputs] == outputs.split()
    if inputs:
        assert [value.name for value in model.graph.inputs] == inputs.split()
    if "style_weight" in changes:
        assert "MatMul" not in operators(model)


@pytest.mark.parametrize("anchored", [False, True], ids=["free", "anchored"])
@pytest.mark.parametrize("normalize", [False, True])
def test_the_graph_is_valid_and_portable(vgg19, normalize, anchored):
    settings = Settings(normalize_gradients=normalize)
    model = loss_model(vgg19, (67, 53), settings=settings, anchored=anchored)
    onnx.checker.check_model(ir.to_proto(model), full_check=True)
    assert set(operators(model)) <= PORTABLE | {"Identity"}
    assert {shape_of(v) for v in model.graph.outputs} == {(1,), (1, 3, 67, 53)}
    assert operators(model)["Conv"] == 2 * 14  # up to relu5_1, there and back


def layer_gradient(network, term, layer, target):
    """Return d loss / d layer and d loss / d image of one unweighted loss, in float64."""
    graph = new_graph("one loss")
    ops, image = Ops(graph), add_input(graph, "image", (1, 3, *SIZE))
    features = network.append(ops, image, [layer])[layer]
    compared = gram(ops, WeightedFeatures.of(ops, features)) if term == "style" else features
    wanted = add_input(graph, "target", shape_of(compared))
    loss = mean_squared_error(ops, compared, wanted)
    add_output(graph, "layer", gradient(graph, loss, features))
    add_output(graph, "image_gradient", gradient(graph, loss, image))
    feeds = {"image": picture(*SIZE).astype(np.float64), "target": target}
    found = run(evaluator(in_float64(finish(graph))), feeds)
    return found["layer"], found["image_gradient"]


def test_normalised_gradients_enter_with_their_weight_as_norm(vgg19):
    settings = small(tv_weight=0.0, normalize_gradients=True)
    model = loss_model(vgg19, SIZE, settings=settings)
    feeds = feeds_of(model, np.float64)
    expected = 0
    for term, layer, weight in [
        ("content", "relu2_1", 5),
        ("style", "relu1_1", 100),
        ("style", "relu2_1", 50),
    ]:
        at_layer, at_image = layer_gradient(vgg19, term, layer, feeds[f"{term}.{layer}"])
        expected += weight * at_image / abs(at_layer).sum()  # the network's Jacobian is linear
    found = evaluate(model)
    np.testing.assert_allclose(
        found["gradient"], expected, rtol=1e-4, atol=1e-4 * abs(expected).max()
    )
    plain = evaluate(loss_model(vgg19, SIZE, settings=small(tv_weight=0.0)))
    assert found["loss"] == pytest.approx(plain["loss"])


def test_total_variation_is_not_normalised(vgg19):
    with_tv = evaluate(loss_model(vgg19, SIZE, settings=small(normalize_gradients=True)))
    without = evaluate(
        loss_model(vgg19, SIZE, settings=small(normalize_gradients=True, tv_weight=0.0))
    )
    change = with_tv["gradient"] - without["gradient"]
    np.testing.assert_allclose(abs(change) * 100, np.round(abs(change) * 100), atol=1e-6)
    assert abs(change).max() == pytest.approx(0.04)


@pytest.mark.parametrize("equalize", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
def test_the_temporal_loss_is_the_weighted_mean_square(vgg19, equalize, normalize):
    """Its gradient is added as it is, also to gradients that are normalised."""
    settings = small(equalize=equalize, normalize_gradients=normalize)
    model = loss_model(vgg19, SIZE, settings=settings, anchored=True)
    assert [value.name for value in model.graph.inputs][-2:] == ["anchor", "anchor.weights"]
    feeds = feeds_of(model, np.float64)
    away = feeds["image"] - feeds["anchor"]
    factor = 0.01 if equalize else 1000
    found = evaluate(model)
    expected = factor * (feeds["anchor.weights"] * away**2).sum() / away.size
    assert found["temporal"] == pytest.approx(expected)
    free = loss_model(vgg19, SIZE, settings=settings)
    same = {name: feeds[name] for name in (value.name for value in free.graph.inputs)}
    change = found["gradient"] - run(evaluator(in_float64(free)), same)["gradient"]
    slope = 2 * factor * feeds["anchor.weights"] * away / away.size
    np.testing.assert_allclose(change, slope, rtol=1e-6, atol=1e-9 * abs(slope).max())


def test_an_unknown_layer_and_a_small_picture_are_refused(vgg19):
    with pytest.raises(SettingsError, match="relu2_1"):
        loss_model(vgg19, SIZE, settings=small(content_layers=(("relu2.1", 1.0),)))
    with pytest.raises(GraphError, match="too small"):
        loss_model(vgg19, (8, 8), settings=Settings())


# on ONNX Runtime


@pytest.fixture
def cpu():
    pytest.importorskip("onnxruntime")
    return find_device("cpu")


def targets_of(network, content, styles, settings, device):
    return WholeObjective(
        network, content, styles=styles, settings=settings, device=device
    ).targets()


def test_style_targets_are_blended(vgg19, cpu):
    content, styles = picture(*SIZE), [picture(15, 18, 1), picture(20, 12, 2)]
    ones = [targets_of(vgg19, content, [style], small(), cpu) for style in styles]
    both = targets_of(vgg19, content, styles, small(style_blend=(3.0, 1.0)), cpu)
    assert set(both) == {"content.relu2_1", "style.relu1_1", "style.relu2_1"}
    for name in ("style.relu1_1", "style.relu2_1"):
        expected = 0.75 * ones[0][name] + 0.25 * ones[1][name]
        np.testing.assert_allclose(both[name], expected, rtol=1e-5)
    np.testing.assert_array_equal(both["content.relu2_1"], ones[0]["content.relu2_1"])
    equal = targets_of(vgg19, content, styles, small(), cpu)
    name = "style.relu1_1"
    np.testing.assert_allclose(equal[name], (ones[0][name] + ones[1][name]) / 2, rtol=1e-5)
    with pytest.raises(SettingsError, match="3 weights for 2 styles"):
        targets_of(vgg19, content, styles, small(style_blend=(1.0, 2.0, 3.0)), cpu)


@pytest.mark.parametrize("term", ["content", "style"])
def test_targets_of_weight_zero_are_left_out(vgg19, cpu, term):
    settings = small(**{f"{term}_weight": 0.0})
    found = targets_of(vgg19, picture(*SIZE), [picture(15, 18, 1)], settings, cpu)
    assert found
    assert not any(name.startswith(term) for name in found)


def test_a_picture_is_its_own_target(vgg19, cpu):
    content = picture(*SIZE)
    settings = small(tv_weight=0.0)
    with WholeObjective(
        vgg19, content, styles=[content], settings=settings, device=cpu
    ) as objective:
        same, other = objective(content), objective(content[..., ::-1].copy())
    assert same.loss == pytest.approx(0, abs=1e-6 * other.loss)
    assert other.loss > 1e3


def test_targets_are_the_statistics_of_the_picture(vgg19, cpu):
    content = picture(*SIZE, seed=4)
    model = loss_model(vgg19, SIZE, settings=small(), statistics=True)
    found = run_session(model, feeds_of(model) | {"image": content})
    targets = targets_of(vgg19, content, [content], small(), cpu)
    for name, target in targets.items():
        np.testing.assert_allclose(found[f"statistics.{name}"], target, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_the_objective_gives_the_same_twice_and_the_evaluators_gradient(vgg19, cpu, pooling):
    settings = small(pooling=pooling)
    content, style, image = picture(15, 18, 1), picture(20, 12, 2), picture(15, 18, 3)
    with WholeObjective(vgg19, content, styles=[style], settings=settings, device=cpu) as objective:
        first, _, second = objective(image), objective(content), objective(image)
    assert first.loss == second.loss == pytest.approx(sum(first.terms.values()), rel=1e-5)
    assert set(first.terms) == {"content", "style", "tv"}
    np.testing.assert_array_equal(first.gradient, second.gradient)
    assert first.gradient.shape == (1, 3, 15, 18)
    assert first.gradient.dtype == np.float32

    model = loss_model(vgg19, SIZE, settings=settings)
    feeds = targets_of(vgg19, content, [style], settings, cpu) | {"image": image}
    double = {name: array.astype(np.float64) for name, array in feeds.items()}
    expected = run(evaluator(in_float64(model)), double)
    assert first.loss == pytest.approx(expected["loss"], rel=1e-4)
    assert difference(first.gradient, expected["gradient"]) < 1e-3


def test_another_network_by_the_names_of_its_values(tmp_path, cpu):
    """What `--model squeezenet.onnx --content-layers r25 --style-layers r2,r10` does."""
    network = Network.open(with_random_weights("squeezenet", tmp_path))
    settings = Settings(content_layers=(("r25", 1.0),), style_layers=(("r2", 1.0), ("r10", 1.0)))
    content, style, image = picture(61, 64, 1), picture(40, 70, 2), picture(61, 64, 3)
    with WholeObjective(
        network, content, styles=[style], settings=settings, device=cpu
    ) as objective:
        found = objective(image)
    assert found.loss > 0
    assert np.isfinite(found.gradient).all()
    assert abs(found.gradient).max() > 0


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "inception_v2"])
def test_a_loss_of_deep_networks_can_be_differentiated(name):
    network = Network.open(light(name))
    layers = [n for n, v in network.layers.items() if v.producer().op_type == "Relu"]
    settings = Settings(content_layers=((layers[-1], 1.0),), style_layers=((layers[3], 1.0),))
    model = loss_model(network, (64, 96), settings=settings)
    onnx.checker.check_model(ir.to_proto(model), full_check=True)


# anchors


@pytest.mark.parametrize("changes", [{}, {"equalize": True}], ids=["published", "relative"])
def test_an_anchor_adds_its_loss_where_it_has_weights(vgg19, cpu, changes):
    same = {"styles": [picture(20, 12, 2)], "settings": small(**changes), "device": cpu}
    content, image, held = picture(*SIZE), picture(*SIZE, 3), anchor(*SIZE)
    with WholeObjective(vgg19, content, **same) as objective:
        free = objective(image)
    with WholeObjective(vgg19, content, **same, anchor=held) as objective:
        found, at_anchor = objective(image), objective(held.pixels)
    away = image.astype(np.float64) - held.pixels
    factor = 0.01 if changes else 1000
    assert "temporal" not in free.terms
    assert at_anchor.terms["temporal"] == 0
    expected = factor * (held.weights * away**2).mean()
    assert found.terms["temporal"] == pytest.approx(expected, rel=1e-5)
    assert found.loss == pytest.approx(free.loss + expected, rel=1e-5)
    change = found.gradient - free.gradient
    slope = 2 * factor * held.weights * away / away.size
    np.testing.assert_allclose(change, slope, atol=1e-4 * abs(found.gradient).max())
    unweighted = np.broadcast_to(held.weights == 0, slope.shape)
    np.testing.assert_array_equal(found.gradient[unweighted], free.gradient[unweighted])


@pytest.mark.parametrize("spectral", [0.0, 0.5])
def test_a_resident_objective_is_held_as_another_is(tiny, tiny_settings, cpu, spectral):
    """The device's own loop takes cosine coefficients; the anchor stays in pixels."""
    settings = tiny_settings(spectral=spectral, history=4, content_weight=1e2, style_weight=1e3)
    content, held, network = picture(24, 32), anchor(24, 32), Network.open(tiny)
    same = {"styles": [picture(20, 22, 2)], "settings": settings, "anchor": held}
    losses = []
    for device in (cpu, replace(cpu, memory="cpu", winograd=False)):
        resident = descent.resident(device, settings)
        assert resident is bool(device.memory)
        with WholeObjective(
            network, content, **same, device=device, resident=resident
        ) as objective:
            run = descent.Descent(objective, content, settings)
            found = [run.evaluate() for _ in range(6)]
        losses.append([each.loss for each in found])
        assert found[-1].terms["temporal"] < found[0].terms["temporal"]
    np.testing.assert_allclose(*losses, rtol=1e-3)


@pytest.mark.parametrize("equalize", [False, True], ids=["published", "relative"])
def test_an_anchor_in_float16_is_one_in_float32(vgg19, cpu, equalize):
    size = 24, 31
    content, image, held = picture(*size), picture(*size, 3), anchor(*size)
    near = held.pixels + (image - 127) / 100
    found = {}
    for precision in ("float32", "float16"):
        settings = small(precision=precision, equalize=equalize)
        with WholeObjective(
            vgg19, content, styles=[image], settings=settings, device=cpu, anchor=held
        ) as objective:
            found[precision] = [objective(each.astype(np.float32)) for each in (image, near)]
    for half, single in zip(found["float16"], found["float32"], strict=True):
        assert half.terms["temporal"] == pytest.approx(single.terms["temporal"], rel=1e-6)
        assert half.loss == pytest.approx(single.loss, rel=1e-2)
        assert difference(half.gradient, single.gradient) < 0.02


# regions


LOSSES = [
    {"style_loss": kind, "equalize": equalize}
    for kind in ("gram", "moments", "wasserstein")
    for equalize in (False, True)
]
LOSS_IDS = [", ".join(map(str, changes.values())) for changes in LOSSES]


def left_half(size=SIZE):
    mask = np.zeros(size, np.float32)
    mask[:, : size[1] // 2] = 1
    return mask


@pytest.mark.parametrize("changes", LOSSES, ids=LOSS_IDS)
def test_even_masks_share_the_loss_and_change_nothing(vgg19, cpu, changes):
    content, style, image = picture(*SIZE, 1), picture(20, 12, 2), picture(*SIZE, 3)
    masks = [np.full(SIZE, share, np.float32) for share in (0.25, 0.75)]
    styles = [Style(pixels=style, region=k) for k in (0, 1)]
    whole = {"styles": [style], "settings": small(**changes), "device": cpu}
    with WholeObjective(vgg19, content, **whole) as objective:
        expected = objective(image)
    with WholeObjective(vgg19, content, **whole | {"styles": styles}, regions=masks) as objective:
        found = objective(image)
    assert found.loss == pytest.approx(expected.loss, rel=1e-4)
    assert difference(found.gradient, expected.gradient) < 1e-3


@pytest.mark.parametrize("changes", LOSSES, ids=LOSS_IDS)
def test_a_style_of_one_half_leaves_the_other_alone(vgg19, cpu, changes):
    settings = small(**changes, style_layers=(("relu1_2", 1.0),), content_weight=0.0, tv_weight=0.0)
    styles = [Style(pixels=picture(20, 12, 2))]
    with WholeObjective(
        vgg19, picture(*SIZE), styles=styles, settings=settings, device=cpu, regions=[left_half()]
    ) as objective:
        gradient = objective(picture(*SIZE, 3)).gradient
    half = SIZE[1] // 2
    assert np.abs(gradient[..., :half]).max() > 0
    assert not gradient[..., half + 2 :].any()  # two convolutions see two pixels further


@pytest.mark.parametrize("changes", LOSSES, ids=LOSS_IDS)
def test_a_masked_part_of_a_style_is_that_part(vgg19, cpu, changes):
    """The target of a half-masked painting is, but for its border, that of the unmasked half."""
    settings = small(**changes, style_layers=(("relu1_1", 1.0),))
    painting = picture(40, 60, 2)
    part = Style(pixels=painting, mask=left_half((40, 60)))
    masked = targets_of(vgg19, picture(*SIZE), [part], settings, cpu)
    alone = targets_of(vgg19, picture(*SIZE), [painting[..., :30].copy()], settings, cpu)
    assert masked.keys() == alone.keys()
    for name, target in alone.items():
        assert difference(masked[name], target) < 0.05


def test_a_mask_that_vanishes_at_a_layer_is_refused(vgg19, cpu):
    part = Style(pixels=picture(*SIZE), mask=np.zeros(SIZE, np.float32))
    with pytest.raises(SettingsError, match="black everywhere"):
        targets_of(vgg19, picture(*SIZE), [part], small(), cpu)


@pytest.mark.parametrize("changes", LOSSES, ids=LOSS_IDS)
def test_every_loss_in_a_network_has_its_gradient(vgg19, cpu, changes):
    """ONNX Runtime's gradient in float32 is compared with a difference along the gradient."""
    settings = small(
        **changes, pooling="l2", padding="reflect", tv="l2", content_weight=1.0, style_weight=1.0,
        tv_weight=1e-4,
    )  # fmt: skip
    content, styles, image = picture(*SIZE, 1), [picture(20, 12, 2)], picture(*SIZE, 3)
    with WholeObjective(vgg19, content, styles=styles, settings=settings, device=cpu) as objective:
        found = objective(image)
        v = found.gradient / np.linalg.norm(found.gradient)
        above, below = (objective((image + s * v).astype(np.float32)).loss for s in (1, -1))
    slope = float((found.gradient * v).sum())
    # The regularised covariance and float32 leave Wasserstein's value a little behind its gradient.
    assert slope == pytest.approx((above - below) / 2, rel=0.05)
