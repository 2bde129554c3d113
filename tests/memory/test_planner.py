"""The search for a plan: the picture is painted whole if that fits, otherwise in tiles."""

import re
from math import prod

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from ortstyle.errors import OrtStyleError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.memory import planner
from ortstyle.memory.amounts import parse_memory
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.memory.planner import PIXEL_BYTES, Planner

SIZE, STYLES = (600, 800), [(500, 800)]


@pytest.fixture
def plan(tiny, tiny_settings):
    """Return a function that plans for a budget of bytes beyond the process's own."""

    def make(budget, *, size=SIZE, **changes):
        budget = None if budget is None else BASE_BYTES + budget
        network, settings = Network.open(tiny), tiny_settings(**{"history": 1} | changes)
        return Planner(network, settings, budget=budget).plan(size, STYLES)

    return make


def test_without_a_limit_all_is_painted_whole(plan):
    assert plan(None).saves_nothing


def test_with_room_enough_too(plan):
    found = plan(10**9)
    assert found.saves_nothing
    assert BASE_BYTES < found.memory < BASE_BYTES + 10**9


def test_the_less_there_is_the_smaller_the_tiles(plan):
    whole = plan(10**9).memory - BASE_BYTES
    budgets = [round(share * whole) for share in (0.95, 0.8, 0.6, 0.5)]
    found = [plan(budget) for budget in budgets]
    assert all(p.memory <= BASE_BYTES + budget for p, budget in zip(found, budgets, strict=True))
    assert found[-1].tile is not None
    areas = [p.tile[0] * p.tile[1] if p.tile else SIZE[0] * SIZE[1] for p in found]
    assert areas[-1] < areas[0]


def test_an_anchor_is_counted_whole_and_in_tiles(tiny, tiny_settings):
    network, settings, anchor = Network.open(tiny), tiny_settings(history=1), 16 * prod(SIZE)

    def found(budget, anchor_bytes=0):
        planner = Planner(
            network, settings, budget=BASE_BYTES + budget, anchor_bytes=anchor_bytes
        ).with_pictures(1000)
        return planner.plan(SIZE, STYLES)

    free = found(10**9)
    held = found(10**9, anchor)
    assert held.tile is None
    assert held.memory - free.memory >= 2 * anchor  # that of the caller and that of the graph
    tight = free.memory - BASE_BYTES
    assert found(tight).tile is None
    tiled = found(tight, anchor)
    assert tiled.tile is not None
    assert tiled.memory <= BASE_BYTES + tight


def test_too_little_is_refused_with_what_it_takes(plan):
    words = r"800×600 takes (.*B), more than the (.*B) available"
    with pytest.raises(SettingsError, match=words) as caught:
        plan(1_000_000)
    takes, there = map(parse_memory, re.search(words, str(caught.value)).groups())
    assert takes > there
    assert plan(takes + 1_000_000 - BASE_BYTES).tile is not None  # it is written in whole MB
    with pytest.raises(SettingsError, match=words):
        plan(takes - 1_000_000 - BASE_BYTES)


def test_what_can_t_be_cut_says_so(plan):
    whole = plan(10**9).memory - BASE_BYTES
    with pytest.raises(SettingsError, match="--normalize-gradients can't be painted in tiles"):
        plan(whole // 2, normalize_gradients=True)


def test_the_content_s_features_go_to_disk_before_tiles_get_small(plan):
    whole = plan(10**9).memory - BASE_BYTES
    assert plan(whole // 2, content_layers=(("relu1", 1.0),)).features == "disk"


def test_the_content_s_features_on_disk_may_stay_in_memory(plan, monkeypatch):
    monkeypatch.setattr(planner, "KEEPS_MAPPED_PAGES", True)
    whole = plan(10**9).memory - BASE_BYTES
    found = plan(whole // 2, content_layers=(("relu1", 1.0),))
    assert (found.vectors, found.features) == ("float32", "disk")
    assert found.cached == 4 * 4 * prod(found.size)  # in float32, of 4 channels


@pytest.mark.parametrize("keeps", [True, False])
def test_files_that_stay_in_memory_are_told(plan, monkeypatch, keeps):
    monkeypatch.setattr(planner, "KEEPS_MAPPED_PAGES", keeps)
    found = plan(15 * 10**7, size=(1200, 1600), history=5)
    assert (found.vectors, found.features) == ("disk", "memory")
    # 6 rows of s and of y, in half of float32, and 5 vectors.
    files = (6 + 5) * PIXEL_BYTES * 1200 * 1600
    assert found.cached == (files if keeps else 0)
    assert found.memory_text.endswith(", and 253 MB of files while memory is free") == keeps


def test_a_foreign_network_may_take_far_more_by_the_pixel_than_ours(tmp_path, tiny_settings):
    """Here every row of 22 numbers becomes one of a million."""
    weights = {"w": np.ones((4, 3, 1, 1), np.float32), "shape": np.array([22, 10**6])}
    nodes = [
        helper.make_node("Conv", ["input", "w"], ["relu1"]),
        helper.make_node("ConstantOfShape", ["shape"], ["matrix"]),
        helper.make_node("MatMul", ["relu1", "matrix"], ["relu3"]),
    ]
    takes = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, "h", "w"])
    gives = helper.make_tensor_value_info("relu3", TensorProto.FLOAT, list("nchw"))
    given = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "wide", [takes], [gives], given)
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), tmp_path / "wide.onnx")
    settings = tiny_settings(model=str(tmp_path / "wide.onnx"), style_layers=(("relu1", 1.0),))
    network = Network.open(tmp_path / "wide.onnx")

    def plan(budget):
        return Planner(network, settings, budget=budget).plan((16, 22), [(22, 22)])

    assert plan(10**10).saves_nothing
    with pytest.raises(OrtStyleError, match="can't be painted in tiles"):
        plan(5 * 10**8)


@pytest.mark.parametrize("budget", [3 * 10**8, 10**9, 10**11])
def test_what_a_plan_leaves_of_the_budget(tiny, tiny_settings, budget):
    """Where nothing was predicted the bound is larger, so that less is left."""
    network, settings = Network.open(tiny), tiny_settings(history=1)
    made = Planner(network, settings, budget=budget, pictures_bytes=1000)
    found = made.plan(SIZE, STYLES)
    left = made.unplanned_bytes(found, STYLES)
    predicted = made.plan(SIZE, STYLES, predict=True)
    assert 0 <= left <= budget - predicted.memory
    if found.memory:
        assert left == budget - found.memory


def test_without_a_budget_nothing_is_left_or_missing(tiny, tiny_settings):
    made = Planner(Network.open(tiny), tiny_settings(), budget=None)
    assert made.unplanned_bytes(made.plan(SIZE, STYLES), STYLES) is None


def test_a_plan_of_more_than_the_budget_leaves_nothing(tiny, tiny_settings):
    made = Planner(Network.open(tiny), tiny_settings(), budget=1)
    large = Planner(Network.open(tiny), tiny_settings(), budget=None).plan(SIZE, STYLES)
    assert made.unplanned_bytes(large, STYLES) == 0
