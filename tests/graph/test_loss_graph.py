"""The inputs and outputs of the graphs for a whole picture."""

import numpy as np
import pytest
from networks import VGG19, difference, in_float64
from numeric import evaluator, run

from ortstyle.graph.loss_graph import Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.style_losses import style_loss, style_loss_names
from ortstyle.graph.values import shape_of
from ortstyle.settings.settings import Settings

LAYERS = {
    "content_layers": (("relu2_1", 1.0),),
    "style_layers": (("relu1_1", 1.0), ("relu2_2", 0.5)),
}
SIZE = (16, 20)


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def shapes(values):
    return {value.name: shape_of(value) for value in values}


def test_content_features_are_called_after_their_layers(vgg19):
    model = content_model(vgg19, SIZE, settings=Settings(**LAYERS))
    assert shapes(model.graph.inputs) == {"image": (1, 3, *SIZE)}
    assert shapes(model.graph.outputs) == {"content.relu2_1": (1, 128, 8, 10)}


@pytest.mark.parametrize("name", style_loss_names())
def test_the_statistics_of_a_style_are_those_that_its_loss_needs(vgg19, name):
    model = style_model(vgg19, SIZE, settings=Settings(**LAYERS, style_loss=name))
    found = [value.name for value in model.graph.outputs]
    needed = style_loss(name).statistics
    assert found == [f"{layer}/{key}" for layer in ("relu1_1", "relu2_2") for key in needed]


@pytest.mark.parametrize("name", style_loss_names())
def test_every_target_has_an_input_and_what_is_compared_with_it_an_output(vgg19, name):
    settings = Settings(**LAYERS, style_loss=name)
    model = loss_model(vgg19, SIZE, settings=settings, statistics=True)
    loss = style_loss(name)
    inputs, outputs = shapes(model.graph.inputs), shapes(model.graph.outputs)
    targets = [
        loss.input_name("style", layer, target)
        for layer in ("relu1_1", "relu2_2")
        for target in loss.targets
    ]
    assert list(inputs) == ["image", "content.relu2_1", *targets]
    assert list(outputs)[:5] == ["loss", "content", "style", "tv", "gradient"]
    for target in ("content.relu2_1", *targets):
        assert outputs[f"statistics.{target}"] == inputs[target]


def test_regions_have_targets_and_weights_of_their_own(vgg19):
    regions = [Region("style1", masked=True, share=0.5), Region("style2", share=0.5)]
    settings = Settings(**LAYERS, style_loss="gram", content_weight=0.0, tv_weight=0.0)
    model = loss_model(vgg19, SIZE, settings=settings, regions=regions)
    found = shapes(model.graph.inputs)
    assert set(found) == {
        *("image", "style1.relu1_1", "style1.relu2_2", "style2.relu1_1", "style2.relu2_2"),
        *("style1.relu1_1.root_weights", "style1.relu2_2.root_weights"),
    }
    assert found["style1.relu2_2.root_weights"] == (1, 1, 8, 10)


def test_the_gradient_is_left_to_the_training_engine(vgg19):
    model = loss_model(vgg19, SIZE, settings=Settings(**LAYERS, engine="training"))
    assert [value.name for value in model.graph.outputs] == ["loss", "content", "style", "tv"]


@pytest.mark.parametrize("changes", [{}, {"normalize_gradients": True}], ids=["plain", "scaled"])
def test_weights_as_inputs_give_the_loss_and_gradient_of_those_in_the_settings(vgg19, changes):
    weights = {"content_weight": 3.0, "style_weight": 2.0, "tv_weight": 0.5}
    settings = Settings(**LAYERS, **changes, **weights, content_limit=0.125)
    regions = [Region("style1", share=0.25), Region("style2", share=0.75)]
    built = [
        loss_model(vgg19, SIZE, settings=settings, regions=regions, weight_inputs=inputs)
        for inputs in (False, True)
    ]
    names = [[value.name for value in model.graph.inputs] for model in built]
    weights = {
        "limit.content": 0.125,
        "weight.content": 3.0,
        "weight.style": 2.0,
        "weight.tv": 0.5,
    }
    assert sorted(names[1]) == sorted([*names[0], *weights])
    rng = np.random.default_rng(4)
    feeds = {
        name: rng.uniform(0, 255 if name == "image" else 60, shape)
        for name, shape in shapes(built[0].graph.inputs).items()
    }
    expected = run(evaluator(in_float64(built[0])), feeds)
    feeds |= {name: np.array([weight]) for name, weight in weights.items()}
    found = run(evaluator(in_float64(built[1])), feeds)
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert difference(found[name], value) < 1e-9, name
    # The limit has a say here.
    without = run(evaluator(in_float64(built[1])), feeds | {"limit.content": np.array([1.0])})
    assert without["content"] < expected["content"]


@pytest.mark.parametrize("changes", [{"content_limit": 0.0}, {"equalize": False}])
def test_where_there_is_no_limit_it_is_no_input(vgg19, changes):
    settings = Settings(**LAYERS, **changes)
    model = loss_model(vgg19, SIZE, settings=settings, weight_inputs=True)
    assert "limit.content" not in shapes(model.graph.inputs)


def test_terms_of_no_weight_have_no_input_for_one(vgg19):
    settings = Settings(**LAYERS, tv_weight=0.0)
    model = loss_model(vgg19, SIZE, settings=settings, weight_inputs=True)
    assert list(shapes(model.graph.inputs))[-2:] == ["weight.content", "weight.style"]
