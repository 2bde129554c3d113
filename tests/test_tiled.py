"""A picture in tiles: the loss and gradient of the whole, whatever is compared."""

import numpy as np
import pytest
from networks import VGG19, picture

from ortstyle.errors import GraphError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.objective import Objective, Style
from ortstyle.runtime import devices
from ortstyle.settings import Settings
from ortstyle.tiled import TiledObjective

SIZE = (53, 71)  # odd, so that pools leave a row over


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def network(tiny):
    return Network.open(tiny)


def soft_mask(height, width):
    """Make a mask of two soft halves with a hole."""
    mask = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
    mask[height // 3 : height // 2, : width // 2] = 0
    return mask


def both(network, settings, tile, *, masked=False, size=SIZE, storage="memory", **options):
    """Evaluate a picture whole and in tiles."""
    rng = np.random.default_rng(5)
    content, image = picture(*size), rng.uniform(0, 255, (1, 3, *size)).astype(np.float32)
    plain = picture(size[0] - 7, size[1] + 6)[:, ::-1].copy()
    styles, regions = [plain], [None]
    if masked:
        mask = soft_mask(*size)
        other = Style(pixels=plain[..., ::-1].copy(), region=1, mask=soft_mask(*plain.shape[2:]))
        styles, regions = [Style(pixels=plain), other], [mask, 1 - mask]
    same = {"styles": styles, "regions": regions, "settings": settings}
    cpu = devices.find("cpu")
    with Objective(network, content, **same, device=cpu) as objective:
        whole = objective(image)
    with TiledObjective(
        network, content, **same, device=cpu, tile=tile, storage=storage, **options
    ) as objective:
        assert len(objective.tiling) > 1
        tiled = objective(image)
    return whole, tiled


def apart(whole, tiled):
    """Give how far loss and gradient are apart, relative."""
    return abs(tiled.loss / whole.loss - 1), np.linalg.norm(
        tiled.gradient - whole.gradient
    ) / np.linalg.norm(whole.gradient)


VARIANTS = {
    "default": {},
    "published": {"equalize": False, "tv": "sum", "padding": "zero", "tv_weight": 1e-3},
    "moments": {"style_loss": "moments"},
    "wasserstein": {"style_loss": "wasserstein"},
    "average pools": {"pooling": "avg", "tv": "l2"},
    "L2 pools": {"pooling": "l2"},
    "reflected": {"padding": "reflect"},
    "content alone": {"style_weight": 0.0},
    "style alone": {"content_weight": 0.0, "tv_weight": 0.0},
    "one layer for both": {"content_layers": (("relu2", 1.0),)},
    "several content layers": {"content_layers": (("relu1", 2.0), ("relu3", 0.3))},
}
LOSS, GRADIENT = 1e-5, 1e-4


@pytest.mark.parametrize("masked", [False, True], ids=["everywhere", "regions"])
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS)
def test_tiles_are_the_whole(network, tiny_settings, changes, masked):
    loss, gradient = apart(*both(network, tiny_settings(**changes), (37, 40), masked=masked))
    assert loss < LOSS
    assert gradient < GRADIENT


@pytest.mark.parametrize("tile", [(25, 25), (37, 71), (53, 31), (52, 70)], ids=str)
def test_whatever_the_tile(network, tiny_settings, tile):
    whole, tiled = both(network, tiny_settings(), tile)
    loss, gradient = apart(whole, tiled)
    assert loss < LOSS
    assert gradient < GRADIENT
    for name, term in whole.terms.items():
        assert tiled.terms[name] == pytest.approx(term, rel=3 * LOSS)  # of near matrices a square


@pytest.mark.parametrize("storage", ["memory", "disk", "recomputed"])
def test_wherever_the_content_is_kept(network, tiny_settings, storage):
    loss, gradient = apart(*both(network, tiny_settings(), (37, 40), storage=storage))
    assert loss < LOSS
    assert gradient < GRADIENT


def test_statistics_may_take_larger_tiles(network, tiny_settings):
    found = both(network, tiny_settings(), (25, 25), forward_tile=(41, 71))
    assert apart(*found)[0] < LOSS
    assert apart(*found)[1] < GRADIENT


def test_vgg_19():
    network = Network.open(VGG19)
    loss, gradient = apart(*both(network, Settings(), (208, 224), size=(213, 259)))
    assert loss < LOSS
    assert gradient < 3 * GRADIENT  # in noise many pools hold near equals


@pytest.mark.parametrize("kind", ["moments", "wasserstein"])
def test_the_lower_layers_of_vgg_19(kind):
    layers = {"content_layers": (("relu3_1", 1.0),), "style_layers": (("relu3_1", 1.0),)}
    settings = Settings(style_loss=kind, **layers)
    loss, gradient = apart(*both(Network.open(VGG19), settings, (80, 100), size=(97, 117)))
    assert loss < 10 * LOSS  # Wasserstein's is a small difference of traces
    assert gradient < 3 * GRADIENT


def test_the_same_tiles_give_the_same_bytes(network, tiny_settings):
    (_, first), (_, again) = (both(network, tiny_settings(), (37, 40)) for _ in range(2))
    assert first.loss == again.loss
    np.testing.assert_array_equal(first.gradient, again.gradient)


def test_a_margin_too_narrow_would_be_seen(network, tiny_settings, monkeypatch):
    from ortstyle import tiled
    from ortstyle.graph.receptive import Grid, Reach

    def narrow(found):
        grids = {n: Grid(g.jumps, min(g.margin, found.align)) for n, g in found.grids.items()}
        return Reach(grids, margin=found.align, align=found.align)

    proper = tiled.reach_of
    monkeypatch.setattr(tiled, "reach_of", lambda *a: narrow(proper(*a)))
    assert apart(*both(network, tiny_settings(), (25, 25)))[1] > 10 * GRADIENT


@pytest.mark.parametrize(
    "changes",
    [{"normalize_gradients": True}, {"engine": "training"}, {"precision": "float16"}],
    ids=lambda changes: next(iter(changes)),
)
def test_what_needs_the_whole_picture_is_refused(network, tiny_settings, changes):
    image, cpu = picture(*SIZE), devices.find("cpu")
    with pytest.raises(SettingsError, match="in tiles"):
        TiledObjective(
            network,
            image,
            styles=[image],
            settings=tiny_settings(**changes),
            device=cpu,
            tile=(37, 40),
        )


def test_a_tile_without_room_is_refused(network, tiny_settings):
    with pytest.raises(GraphError, match="no room"):
        both(network, tiny_settings(), (16, 16))
