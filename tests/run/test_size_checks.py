"""Pictures that are too small or too large are refused beforehand, with the size that would do."""

import re
from dataclasses import replace

import pytest
from networks import VGG19
from PIL import Image

from ortstyle.errors import GraphError, MemoryBudgetError, PictureError, SettingsError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.memory.graph_memory import BASE_BYTES
from ortstyle.memory.planner import Planner
from ortstyle.run import size_checks
from ortstyle.run.size_checks import (
    check_largest,
    check_pictures,
    check_smallest,
    without_smallest,
)
from ortstyle.run.sizes import RunSizes
from ortstyle.runtime.cache import Cache
from ortstyle.settings.settings import Settings


@pytest.fixture
def sizes(photo, painting, tiny_settings):
    """Return a function that makes the sizes of a run of the tiny network."""

    def make(content=photo, style=painting, **changes):
        return RunSizes.read(content, [style], tiny_settings(**changes))

    return make


@pytest.fixture
def network(tiny):
    return Network.open(tiny)


def refusal(network, sizes):
    with pytest.raises(PictureError) as caught:
        check_smallest(network, sizes)
    return str(caught.value)


def fits(network, size, settings):
    try:
        loss_model(network, size, settings=settings)
    except GraphError:
        return False
    return True


# too small


@pytest.mark.parametrize("padding", ["zero", "replicate", "reflect"])
def test_exactly_the_sizes_are_refused_whose_losses_can_t_be_built(tiny_settings, network, padding):
    settings = tiny_settings(style_weight=0, padding=padding, tv_weight=0.02)
    for height in range(1, 8):
        for width in range(1, 8):
            content = Image.new("RGB", (width, height))
            sized = RunSizes.read(content, [], replace(settings, size=max(width, height)))
            if fits(network, (height, width), settings):
                check_smallest(network, sized)
            else:
                assert "4 pixels" in refusal(network, sized)


def test_vgg19_needs_16_pixels(photo, painting):
    network = Network.open(VGG19)
    check_smallest(network, RunSizes.read(photo, [painting], Settings(size=22)))
    message = refusal(network, RunSizes.read(photo, [painting], Settings(size=1)))
    assert message == (
        "content is too small at 1×1: vgg19.onnx needs 16 pixels on each side; "
        "give a --size of 22 or more"
    )
    message = refusal(
        network, RunSizes.read(photo, [painting], Settings(size=112, style_scale=0.01))
    )
    assert message == (
        "style is too small at 1×1, with --style-scale 0.01: vgg19.onnx needs 16 pixels on each "
        "side; give a --style-scale of 0.15 or more"
    )


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"size": 3}, "size"),
        ({"size": 24, "style_scale": 0.05}, "style_scale"),
        ({"size": 40, "style_scale": 0.001}, "style_scale"),
    ],
    ids=str,
)
def test_the_advice_is_enough(sizes, network, changes, option):
    message = refusal(network, sizes(**changes))
    name = "--" + option.replace("_", "-")
    found = re.search(rf"give a {name} of ([\d.]+) or more", message)
    value = (int if option == "size" else float)(found[1])
    check_smallest(network, sizes(**changes | {option: value}))


def test_a_strip_is_not_enlarged_without_end(sizes, network):
    message = refusal(network, sizes(content=Image.new("RGB", (3000, 1))))
    assert message.endswith("it is too narrow: crop it")


def test_what_has_passed_is_not_checked_again_with_a_cache(sizes, network, monkeypatch):
    built = []
    build = size_checks.feature_graph

    def counted(network, size, *given):
        built.append(size)
        return build(network, size, *given)

    monkeypatch.setattr(size_checks, "feature_graph", counted)
    cache, dot = Cache(), Image.new("RGB", (24, 1))
    for count in (2, 0):
        check_smallest(network, sizes(), cache=cache)
        assert len(built) == count
        built.clear()
    check_smallest(network, sizes(style_layers=(("relu2", 1.0),)), cache=cache)
    assert len(built) == 2
    for _ in range(2):  # what is refused is refused again
        with pytest.raises(PictureError):
            check_smallest(network, sizes(style=dot), cache=cache)
    cache.clear()
    assert not cache.passed


def test_only_layers_with_a_weight_need_room(sizes, network):
    dot = Image.new("RGB", (24, 1))
    assert "style is too small at 24×1" in refusal(network, sizes(style=dot))
    check_smallest(network, sizes(style=dot, style_weight=0))
    strip = Image.new("RGB", (24, 2))
    assert "4 pixels" in refusal(network, sizes(content=strip))
    check_smallest(network, sizes(content=strip, content_weight=0))


def test_a_size_that_is_refused_for_another_reason_is_left_to_the_graph(
    sizes, network, monkeypatch
):
    build = size_checks.feature_graph

    def even_only(network, size, layers, settings):
        if size[0] % 2:
            raise GraphError("branches of different sizes")
        return build(network, size, layers, settings)

    monkeypatch.setattr(size_checks, "feature_graph", even_only)
    check_smallest(network, sizes(content=Image.new("RGB", (24, 23)), size=24))


def test_scales_that_are_too_coarse_are_left_out(sizes, network):
    panorama = sizes(content=Image.new("RGB", (400, 40)), size=400)
    schedule = ((20, 10), (30, 7), (60, 5), (400, 3))
    assert without_smallest(schedule, network, panorama) == ((60, 22), (400, 3))
    assert without_smallest(((9, 1),), network, panorama) == ((9, 1),)
    wide = sizes(content=Image.new("RGB", (400, 300)), size=400)
    assert without_smallest(schedule, network, wide) == schedule


# too large


@pytest.fixture
def planner(network, tiny_settings):
    """Return a function that makes a planner with a budget beyond that of the process."""

    def make(budget, **changes):
        return Planner(network, tiny_settings(**changes), budget=BASE_BYTES + budget)

    return make


@pytest.mark.parametrize("size", [3000, 10**5, 10**6])
def test_what_is_too_large_is_refused_with_the_size_that_fits(planner, sizes, size):
    plan = planner(60_000_000)
    with pytest.raises(MemoryBudgetError) as caught:
        check_largest(plan, sizes(size=size))
    message = str(caught.value)
    assert re.match(
        rf"{size}×\d+ takes .*B, more than the 240 MB available; give a --size", message
    )
    assert caught.value.needed > caught.value.available == BASE_BYTES + 60_000_000
    fitting = int(re.search(r"at most about (\d+)", message)[1])
    check_largest(plan, sizes(size=fitting))
    with pytest.raises(MemoryBudgetError):
        check_largest(plan, sizes(size=round(1.2 * fitting)))


def test_a_large_style_is_refused_too(planner, sizes):
    with pytest.raises(MemoryBudgetError, match="a smaller --style-scale, or more --memory"):
        check_largest(planner(60_000_000), sizes(size=100, style_scale=100.0))


def test_where_nothing_fits_there_must_be_more_memory(planner, sizes):
    with pytest.raises(MemoryBudgetError, match="available; give more --memory"):
        check_largest(planner(-BASE_BYTES + 1), sizes(size=50))


def test_what_needs_the_whole_picture_says_so(planner, sizes):
    plan = planner(60_000_000, normalize_gradients=True)
    with pytest.raises(SettingsError, match="--normalize-gradients can't be painted in tiles"):
        check_largest(plan, sizes(size=3000))


def test_pictures_alone_may_be_too_large(sizes):
    check_pictures(sizes(size=1000), free=100_000_000)
    with pytest.raises(MemoryBudgetError, match=r"the pictures alone take .* 100 MB") as caught:
        check_pictures(sizes(size=10**5), free=100_000_000)
    fitting = int(re.search(r"at most about (\d+)", str(caught.value))[1])
    check_pictures(sizes(size=fitting), free=100_000_000)
