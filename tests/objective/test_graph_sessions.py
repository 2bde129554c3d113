"""The keys of graphs' sessions tell all graphs apart; sessions in the cache are not made again."""

from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from small_models import SUM_INPUTS, sums

from ortstyle.graph.loss_graph import Region, content_model, loss_model, style_model
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segments_of
from ortstyle.graph.tile_graphs import statistics_model
from ortstyle.objective.graph_sessions import WITHOUT_GRAPH, GraphSession, graph_key
from ortstyle.runtime import threads
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.serialisation import fingerprint, serialise
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.settings import Settings

SIZE = (40, 36)
ONE = (("relu2", 0.7),)
#: A value other than the default for every setting.
OTHERS = {
    "size": 700,
    "scales": 3,
    "iterations": 77,
    "content_weight": 3.0,
    "content_limit": 0.5,
    "pattern_limit": 0.6,
    "style_weight": 4.0,
    "equalize": True,
    "style_loss": "wasserstein",
    "variance_floor": 0.7,
    "grain": 0.5,
    "tv_weight": 0.5,
    "tv": "l2",
    "style_blend": (1.0, 2.0),
    "style_scale": 0.5,
    "content_mask": ("mask.png",),
    "style_mask": ("mask.png",),
    "content_layers": ONE,
    "style_layers": ONE,
    "pooling": "l2",
    "rescale_pooling": False,
    "padding": "reflect",
    "init": "noise",
    "optimizer": "adam",
    "history": 5,
    "step": "published",
    "spectral": 0.25,
    "learning_rate": 2.0,
    "patience": 1e-3,
    "normalize_gradients": True,
    "colors": "content",
    "seed": 7,
    "engine": "training",
    "precision": "float32",
    "model": "another.onnx",
    "max_pixels": 10**7,
}


@pytest.fixture
def cpu():
    pytest.importorskip("onnxruntime")
    return find_device("cpu")


@pytest.fixture
def network(tiny):
    return Network.open(tiny)


def graphs(network, settings):
    """Return a hash of each graph, by its kind."""
    (segment,) = segments_of(network, settings, most=1)
    same = {"settings": settings}
    made = {
        "content": content_model(network, SIZE, **same),
        "style": style_model(network, SIZE, **same),
        "masked style": statistics_model(segment, SIZE, **same),
        "loss": loss_model(network, SIZE, **same),
    }
    return {kind: fingerprint(*serialise(model)) for kind, model in made.items()}


def test_every_setting_has_another_value_here():
    assert {field.name for field in fields(Settings)} == OTHERS.keys()
    assert OTHERS.keys() >= WITHOUT_GRAPH


@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("equalize", [False, True])
@pytest.mark.parametrize("name", OTHERS)
def test_graphs_of_equal_keys_are_equal(network, tiny_settings, cpu, name, pooling, equalize):
    before = tiny_settings(pooling=pooling, equalize=equalize, content_limit=0.1)
    other = OTHERS[name]
    after = replace(before, **{name: not other if other == getattr(before, name) else other})
    keyed = {"network": network, "device": cpu}
    for kind in ("content", "style", "masked style", "loss"):
        keys = [graph_key(kind, SIZE, settings=each, **keyed) for each in (before, after)]
        assert (keys[0] == keys[1]) == (name in WITHOUT_GRAPH)
    if name in WITHOUT_GRAPH:
        assert graphs(network, after) == graphs(network, before)


def test_whatever_else_makes_a_graph_is_in_its_key(network, tiny_settings, cpu, monkeypatch):
    regions = [Region()], [Region(masked=True)], [Region(share=0.5)], [Region("a"), Region("b")]
    same = {"network": network, "settings": tiny_settings(), "device": cpu}
    keys = [
        graph_key("loss", SIZE, **same),
        graph_key("loss", SIZE[::-1], **same),
        graph_key("style", SIZE, **same),
        *(graph_key("loss", SIZE, **same, regions=each) for each in regions),
        graph_key("loss", SIZE, **same, resident=True),
        graph_key("loss", SIZE, **same, anchored=True),
        graph_key("loss", SIZE, **same | {"device": replace(cpu, winograd=False)}),
        graph_key("loss", SIZE, **same | {"device": replace(cpu, comparisons="arithmetic")}),
        graph_key("loss", SIZE, **same | {"network": replace(network, sha256="another")}),
        graph_key("loss", SIZE, **same | {"network": network.after("relu1")}),
    ]
    monkeypatch.setenv(threads.LIMIT, "7")
    keys.append(graph_key("loss", SIZE, **same))
    assert None not in keys
    assert len(set(keys)) == len(keys)


def test_the_factors_of_float16_are_those_of_one_content(network, tiny_settings, cpu):
    same = {"network": network, "settings": tiny_settings(precision="float16"), "device": cpu}
    assert graph_key("loss", SIZE, **same) is None
    assert graph_key("style", SIZE, **same) is not None


# sessions


@pytest.fixture
def factory(network, cpu):
    with Cache() as cache:
        yield SessionFactory(cpu, Settings(), cache=cache, network=network)


def counted():
    """Return a function that builds a model, and the list of the models built."""
    made = []

    def build():
        made.append(sums())
        return made[-1]

    return build, made


def test_a_graph_is_not_built_while_the_cache_has_its_session(factory):
    build, made = counted()
    first = GraphSession("key", build, sessions=factory)
    assert len(made) == 1, "the constructor raises the graph's errors"
    session = first.open()
    expected = session.run(**SUM_INPUTS)["sum"]
    first.close()
    first.close()
    second = GraphSession("key", build, sessions=factory)
    assert second.shapes == {"image": (1, 2), "target": (1, 2)}
    assert second.open() is session
    assert (second.open().run(**SUM_INPUTS)["sum"] == expected).all()
    assert len(made) == 1
    second.close()


def test_a_session_that_was_dropped_meanwhile_is_made_anew(factory):
    build, made = counted()
    first = GraphSession("key", build, sessions=factory)
    session = first.open()
    first.close()
    second = GraphSession("key", build, sessions=factory)
    factory.cache.clear()
    assert second.open() is not session
    assert len(made) == 2
    second.close()


@pytest.mark.parametrize("key", ["key", None])
def test_without_a_cache_or_key_every_session_is_made_and_closed(cpu, factory, key):
    if key is not None:
        factory = SessionFactory(cpu, Settings())
    build, made = counted()
    for _ in range(2):
        graph = GraphSession(key, build, sessions=factory)
        session = graph.open()
        graph.close()
        assert "_session" not in vars(session), "it is closed"
    assert len(made) == 2


def test_an_unopened_graph_can_be_closed():
    graph = GraphSession("key", sums, sessions=SimpleNamespace(cache=None))
    graph.close()
