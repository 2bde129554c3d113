"""The graphs of a site compute what Python's objective does, and come out of packs unchanged."""

import numpy as np
import onnx
import pytest
from networks import difference, picture, run_session
from web_feeds import input_shapes, roots, spectral, term_weights

from ortstyle.graph.network import Network
from ortstyle.objective.objective import Style
from ortstyle.objective.picture_statistics import PictureStatistics
from ortstyle.objective.whole import WholeObjective
from ortstyle.optim.cosine_transform import cosine_transform
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.presets import from_preset
from ortstyle.web.canvases import canvases_of
from ortstyle.web.graphs import HISTORIES, GraphMaker, packs
from ortstyle.web.packing import unpack
from ortstyle.web.weights import LOCATION, SharedWeights

CANVAS = 32, 48
KINDS = (
    *("loss", "samples", "coefficients", "norms", "measure", "advance"),
    *("measure-9", "advance-9", "statistics"),
)


@pytest.fixture(scope="module")
def network(tiny):
    return Network.open(tiny)


@pytest.fixture(scope="module")
def settings(tiny):
    layers = {
        "model": str(tiny),
        "content_layers": (("relu3", 1.0),),
        "style_layers": (("relu1", 1.5), ("relu2", 0.7)),
    }
    return from_preset(overrides=layers)


@pytest.fixture(scope="module")
def made(network, settings):
    """Return all packs of the smallest site."""
    return {(p.kind, p.side): p for p in packs([32], settings=settings, network=network)}


@pytest.fixture(scope="module")
def runs(network, settings, made, tmp_path_factory):
    """Return a function that runs the packed graph of a kind on a canvas."""
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("site")
    data = SharedWeights.of(network, settings).external_data()
    (folder / LOCATION).write_bytes(data)

    def run(kind, feeds, canvas=CANVAS):
        file = unpack(made[kind, max(canvas)].data)[canvas]
        path = folder / "graph.onnx"
        path.write_bytes(file)
        wanted = input_shapes(file)
        return run_session(
            str(path), {name: np.asarray(feeds[name], np.float32) for name in wanted}
        )

    return run


def masked(made, mask):
    return roots(unpack(made["loss", 48].data)[CANVAS], mask)


@pytest.mark.parametrize("exponent", [0.5, 0.0])
def test_the_loss_is_python_s_on_a_picture_that_fills_its_canvas(
    network, settings, made, runs, exponent
):
    content, style, image = (picture(*CANVAS, seed) for seed in range(3))
    objective = WholeObjective(
        network, content, styles=[style], settings=settings, device=find_device("cpu")
    )
    targets = objective.targets()
    with objective:
        expected = objective(image)
    feeds = spectral(CANVAS, exponent) | term_weights(settings) | targets
    feeds |= masked(made, np.ones(CANVAS, np.float32))
    feeds["coefficients"] = runs("coefficients", feeds | {"image": image})["coefficients"]
    np.testing.assert_allclose(runs("samples", feeds)["image"], image, atol=1e-3)
    found = runs("loss", feeds)
    assert found["loss"].item() == pytest.approx(expected.loss, rel=1e-5)
    for term, value in expected.terms.items():
        assert found[term].item() == pytest.approx(value, rel=1e-5)
    gradient = cosine_transform(expected.gradient[0])[None] * feeds["spectral.scale"]
    assert difference(found["gradient"], gradient) < 1e-4


def test_other_weights_of_the_terms_are_those_of_other_settings(network, settings, made, runs):
    content, style, image = (picture(*CANVAS, seed) for seed in range(3))
    changes = {"content_limit": 0.1, "content_weight": 0.5, "style_weight": 4.0, "tv_weight": 0.3}
    other = from_preset(overrides=settings.to_dict() | changes)
    objective = WholeObjective(
        network, content, styles=[style], settings=other, device=find_device("cpu")
    )
    feeds = spectral(CANVAS, 0) | term_weights(other) | objective.targets()
    with objective:
        expected = objective(image)
    feeds |= masked(made, np.ones(CANVAS, np.float32))
    feeds["coefficients"] = cosine_transform(image[0])[None]
    found = runs("loss", feeds)
    assert found["loss"].item() == pytest.approx(expected.loss, rel=1e-5)
    assert difference(found["gradient"], cosine_transform(expected.gradient[0])[None]) < 1e-4


def test_padding_of_no_weight_has_no_part_in_the_style_loss(settings, made, runs):
    """The statistics that the loss compares are those of the picture, whatever is far beside it."""
    mask = np.zeros(CANVAS, np.float32)
    mask[:, :32] = 1
    first, second = (picture(*CANVAS, seed) for seed in range(2))
    second[..., :40] = first[..., :40]  # the layers of the picture see 8 pixels beside it at most
    found = []
    for image in (first, second):
        feeds = spectral(CANVAS, 0) | term_weights(settings) | masked(made, mask)
        shapes = input_shapes(unpack(made["loss", 48].data)[CANVAS])
        feeds = {name: np.ones(shape, np.float32) for name, shape in shapes.items()} | feeds
        feeds["coefficients"] = cosine_transform(image[0])[None]
        found.append(runs("loss", feeds))
    for name in ("style", "statistics.style.relu2", "statistics.style.relu1.deviation"):
        np.testing.assert_allclose(found[0][name], found[1][name], rtol=1e-4, atol=1e-3)
    assert abs(found[0]["content"] / found[1]["content"] - 1) > 1e-4


@pytest.mark.parametrize("covered", [48, 32], ids=["whole", "padded"])
def test_statistics_are_those_of_python(network, settings, made, runs, covered):
    mask = np.zeros(CANVAS, np.float32)
    mask[:, :covered] = 1
    image = picture(*CANVAS)
    found = runs("statistics", {"image": image} | masked(made, mask))
    style = Style(pixels=image, mask=None if covered == CANVAS[1] else mask)
    expected = python_statistics(network, settings, style)
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert difference(found[name], value) < 1e-5, name


def python_statistics(network, settings, style):
    """Return the statistics of a style by the graphs that Python runs."""
    sessions = SessionFactory(find_device("cpu"), settings, network=network)
    statistics = PictureStatistics(network, [style], contents=[], sessions=sessions)
    found = dict(statistics(style))
    statistics.close()
    return found


def test_every_kind_is_packed_for_every_canvas_of_its_side(made):
    assert {kind for kind, _ in made} == set(KINDS)
    for (kind, side), pack in made.items():
        assert pack.path == f"graphs/{kind}-{side}.json.gz"
        assert list(pack.canvases) == canvases_of(side)
        assert set(unpack(pack.data)) == set(pack.canvases)
        assert bool(pack.evaluation_bytes) == (kind == "loss")
    assert {side for kind, side in made if kind == "loss"} == {32, 48}
    assert {16, 32, 48, 64} <= {side for kind, side in made if kind == "statistics"}


@pytest.mark.parametrize("kind", KINDS)
def test_packed_graphs_are_those_that_were_made(network, settings, made, kind):
    weights = SharedWeights.of(network, settings)
    maker = GraphMaker(network, settings, weights=weights)
    files = unpack(made[kind, 48].data)
    for canvas, file in files.items():
        assert file == maker.file(maker.build(kind, canvas))


@pytest.mark.parametrize("kind", KINDS)
def test_graphs_are_valid_onnx_of_opset_17_with_static_shapes(
    made, tmp_path, network, settings, kind
):
    (tmp_path / LOCATION).write_bytes(SharedWeights.of(network, settings).external_data())
    for canvas, file in unpack(made[kind, 48].data).items():
        path = tmp_path / "graph.onnx"
        path.write_bytes(file)
        onnx.checker.check_model(str(path), full_check=True)
        model = onnx.load_from_string(file)
        assert [opset.version for opset in model.opset_import] == [17], canvas
        assert not model.graph.value_info
        for value in (*model.graph.input, *model.graph.output):
            assert all(d.dim_value > 0 for d in value.type.tensor_type.shape.dim), value.name


def test_the_loss_takes_and_gives_what_a_page_knows(made):
    graph = onnx.load_from_string(unpack(made["loss", 48].data)[CANVAS]).graph
    inputs = {
        *("coefficients", "content.relu3"),
        *("limit.content", "weight.content", "weight.style", "weight.tv"),
        *(f"spectral.{name}" for name in ["scale", "columns", "rows", "columns_t", "rows_t"]),
        *(
            f"style.{layer}{target}"
            for layer in ("relu1", "relu2")
            for target in ("", ".mean", ".deviation", ".root_weights")
        ),
    }
    assert {value.name for value in graph.input} == inputs
    compared = {name for name in inputs if name.startswith(("content.", "style."))}
    statistics = {f"statistics.{n}" for n in compared if not n.endswith("root_weights")}
    outputs = {value.name for value in graph.output}
    assert outputs == {"loss", "content", "style", "tv", "gradient"} | statistics


def test_histories_have_as_many_rows_and_one(made):
    for kind, history in (("measure", HISTORIES[0]), ("measure-9", HISTORIES[1])):
        graph = onnx.load_from_string(unpack(made[kind, 48].data)[CANVAS]).graph
        pairs = next(value for value in graph.input if value.name == "pairs")
        assert pairs.type.tensor_type.shape.dim[1].dim_value == 2 * (history + 1)


def test_larger_canvases_take_more_memory(made):
    taken = made["loss", 48].evaluation_bytes
    assert taken[48, 48] > taken[32, 48] > taken[16, 48] > 3 * 4 * 16 * 48
