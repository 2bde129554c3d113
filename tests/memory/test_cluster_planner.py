"""Plans for several workers: all equally busy, within their memory and within this process's."""

from dataclasses import dataclass
from math import ceil, prod

import pytest

from ortstyle.errors import MemoryBudgetError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.graph.segments import segments_of
from ortstyle.memory.cluster_planner import ClusterPlanner, planner_for
from ortstyle.memory.planner import Planner
from ortstyle.objective.tiles import Tiling
from ortstyle.packaged import packaged_path
from ortstyle.settings.settings import Settings

AMPLE = 10**11


@dataclass
class Workers:
    parts: int
    memory: int | None = None
    device: str = "cpu"


@pytest.fixture(scope="module")
def network():
    return Network.open(packaged_path("models", "vgg19.onnx"))


@pytest.fixture(scope="module")
def plan(network):
    """Return a function that plans a picture, and returns the plan and the tiling."""
    settings = Settings(size=2048)
    margins = segments_of(network, settings, most=1)[0].margins

    def make(size, parts, *, memory=None, budget=AMPLE):
        planner = planner_for(network, settings, budget=budget, workers=Workers(parts, memory))
        found = planner.plan(size, [size])
        return found, Tiling.of(size, found.tiles[0].backward, margins=margins)

    return make


@pytest.mark.parametrize(
    ("parts", "size"), [(2, (1365, 2048)), (3, (2048, 2048)), (4, (640, 3000))], ids=str
)
def test_all_workers_have_about_as_much_to_do(plan, size, parts):
    found, tiling = plan(size, parts)
    assert len(found.tiles) == 1, "one segment"
    assert len(tiling) % parts == 0
    areas = [prod(tile.shape) for tile in tiling]
    each = len(areas) // parts
    assert max(areas) * each < 1.2 * sum(areas) / parts
    assert max(areas) * each < prod(size) / parts * 1.5, "margins take less than what is gained"


def test_two_workers_get_one_tile_each(plan):
    _, tiling = plan((2048, 2048), 2)
    assert len(tiling) == 2
    first, second = (prod(tile.shape) for tile in tiling)
    assert abs(first - second) <= 0.02 * first


@pytest.mark.parametrize("parts", [1, 2])
def test_a_picture_too_small_to_cut_is_one_tile(plan, parts):
    _, tiling = plan((96, 128), parts)
    assert len(tiling) == 1


def test_less_memory_means_smaller_tiles(plan):
    ample, _ = plan((2048, 2048), 2, memory=20 * 10**9)
    scarce, tiling = plan((2048, 2048), 2, memory=3 * 10**9)
    assert prod(scarce.tiles[0].backward) < prod(ample.tiles[0].backward)
    assert len(tiling) % 2 == 0


def test_workers_with_too_little_memory_are_told(plan):
    with pytest.raises(MemoryBudgetError, match=r"on a worker, more than the .*B that one has"):
        plan((2048, 2048), 2, memory=200_000_000)


def test_what_does_not_fit_here_is_stored_elsewhere(plan):
    ample, _ = plan((2048, 2048), 2)
    assert (ample.features, ample.vectors) == ("memory", "float32")
    scarce, _ = plan((2048, 2048), 2, budget=ample.memory // 3)
    assert (scarce.features, scarce.vectors) != ("memory", "float32")
    assert scarce.memory <= ample.memory // 3
    assert scarce.tiles == ample.tiles


def test_too_little_memory_here_is_told(plan):
    with pytest.raises(MemoryBudgetError, match="in this process, more than the"):
        plan((2048, 2048), 2, budget=250_000_000)


def test_without_a_budget_there_is_no_prediction(plan):
    found, _ = plan((1024, 1024), 2, budget=None)
    assert found.memory == 0
    assert found.tiles


def test_without_workers_plans_are_as_ever(network):
    found = planner_for(network, Settings(), budget=AMPLE, workers=None)
    assert type(found) is Planner
    assert type(planner_for(network, Settings(), budget=1, workers=Workers(2))) is ClusterPlanner


def test_an_anchor_takes_memory_here(network):
    size = (1365, 2048)
    given = {"budget": AMPLE, "workers": Workers(2, None)}
    free, held = (
        planner_for(network, Settings(size=2048), **given, anchor_bytes=n).plan(size, [size])
        for n in (0, 16 * 1365 * 2048)
    )
    assert held.memory - free.memory >= 16 * 1365 * 2048


def test_workers_get_smaller_tiles_where_an_anchor_takes_their_memory(network):
    size, planned = (1365, 2048), {}
    for anchor_bytes in (0, 16 * 1365 * 2048):
        given = {"budget": None, "workers": Workers(1, 2_000_000_000)}
        planner = planner_for(network, Settings(size=2048), **given, anchor_bytes=anchor_bytes)
        cuts = list(planner._cuts(size))
        planned[anchor_bytes] = [planner._bytes(cut, size) for cut in cuts]
    pairs = zip(*planned.values(), strict=True)
    assert all(held > free for free, held in pairs)


def test_settings_that_need_the_whole_picture_are_refused(network):
    with pytest.raises(SettingsError, match="in tiles"):
        planner_for(network, Settings(precision="float16"), budget=None, workers=Workers(2))


def test_halving_gives_tiles_that_still_have_room(plan, network):
    found, _ = plan((2048, 2048), 2)
    half = found.with_half_tiles(network, Settings(size=2048))
    assert prod(half.tiles[0].backward) <= ceil(0.6 * prod(found.tiles[0].backward))
