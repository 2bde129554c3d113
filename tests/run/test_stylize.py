"""The run: what it yields, what it refuses beforehand, how it ends."""

import gc
import os
import weakref
from dataclasses import FrozenInstanceError, replace
from hashlib import sha256
from itertools import pairwise

import numpy as np
import onnx
import pytest
from fakes import Fake, FakeObjectiveFactory, bowl
from networks import VGG19
from PIL import Image

from ortstyle.errors import DeviceError, ModelError, OrtStyleError, PictureError, SettingsError
from ortstyle.graph.network import Network
from ortstyle.objective.whole import Objective
from ortstyle.packaged import packaged_path
from ortstyle.pictures.color import LUMA
from ortstyle.pictures.picture import to_array
from ortstyle.run import (
    objective_factory as factory,
    provenance as description,
    stylize as pyramid,
)
from ortstyle.run.inputs import Inputs
from ortstyle.run.stylize import Iterate, provenance_of, stylize
from ortstyle.runtime import availability, devices, session_factory as sessions
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session
from ortstyle.settings.presets import from_preset
from ortstyle.settings.record import Settings


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


@pytest.fixture
def paint(photo, painting, tiny_settings):
    """Give a function that runs to the end and gives every iterate."""

    def run(**changes):
        return list(stylize(photo, painting, tiny_settings(**changes)))

    return run


def pixels(iterate):
    return np.asarray(iterate.image)


def refusal_of(kind, *args, **options):
    """Call `stylize`, never `next`."""
    with pytest.raises(kind) as caught:
        stylize(*args, **options)
    message = str(caught.value)
    assert isinstance(caught.value, OrtStyleError)
    assert "\n" not in message
    return message


# What it yields


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_one_iterate_an_evaluation(paint, optimizer):
    found = paint(iterations=7, optimizer=optimizer)
    assert [iterate.evaluations for iterate in found] == [1, 2, 3, 4, 5, 6, 7]
    for iterate in found:
        assert isinstance(iterate, Iterate)
        assert (iterate.width, iterate.height) == iterate.image.size == (24, 18)
        assert iterate.image.mode == "RGB"
        assert iterate.scale == (0, 1)
        assert 0 <= iterate.iteration <= iterate.evaluations
        assert iterate.notice == ""
        assert set(iterate.terms) == {"content", "style", "tv"}
        assert iterate.loss == pytest.approx(sum(iterate.terms.values()), rel=1e-5)
        assert iterate.terms["style"] > 0
    assert all(a.iteration <= b.iteration for a, b in pairwise(found))
    assert found[-1].iteration > 0
    assert 0 < found[0].seconds <= found[-1].seconds


def test_an_iterate_is_frozen(paint):
    (found,) = paint(iterations=1)
    with pytest.raises(FrozenInstanceError):
        found.loss = 0
    with pytest.raises(TypeError):
        found.terms["style"] = 0
    assert "pixels" not in repr(found)


@pytest.mark.parametrize("changes", [{}, {"optimizer": "adam"}, {"init": "noise"}])
def test_the_loss_goes_down(paint, changes):
    found = paint(iterations=30, **changes)
    assert min(iterate.loss for iterate in found) < found[0].loss / 2


@pytest.mark.parametrize("term", ["content", "style", "tv"])
def test_a_term_without_weight_is_zero(paint, term):
    (found,) = paint(iterations=1, init="noise", **{f"{term}_weight": 0.0})
    assert found.terms[term] == 0
    assert all(value > 0 for name, value in found.terms.items() if name != term)


def test_the_image_is_the_best_so_far_not_the_last(photo, tiny_settings):
    # The published step may raise the loss; the picture kept is that of the lowest.
    losses = [9.0, 3.0, 5.0, 4.0]
    found = list(run_on(lambda i, x: (losses[i], np.ones_like(x)), photo, 4))
    assert [iterate.loss for iterate in found] == losses
    assert np.array_equal(pixels(found[1]), pixels(found[3]))
    kept = [iterate._pixels() for iterate in found]
    assert np.shares_memory(kept[1], kept[2])
    assert np.shares_memory(kept[1], kept[3])
    assert not np.shares_memory(kept[0], kept[1])


def test_a_path_an_image_and_an_array_are_the_same(tmp_path, photo, painting, tiny_settings):
    photo.save(tmp_path / "photo.png")
    painting.save(tmp_path / "painting.png")
    results = []
    for content, style in [
        (photo, painting),
        (str(tmp_path / "photo.png"), tmp_path / "painting.png"),
        (np.asarray(photo), np.asarray(painting)),
        (photo, [painting]),
        (photo, (painting,)),
        (photo, [painting, painting]),
    ]:
        *_, last = stylize(content, style, tiny_settings())
        results.append(pixels(last))
    for result in results[1:5]:
        np.testing.assert_array_equal(result, results[0])
    np.testing.assert_allclose(results[5].astype(int), results[0], atol=2)


def test_a_blend_counts(photo, painting, tiny_settings):
    other = photo.rotate(90)
    ends = {}
    for blend in [(1.0, 0.0), (0.0, 1.0), (1.0, 1.0), None]:
        *_, last = stylize(photo, [painting, other], tiny_settings(style_blend=blend))
        ends[blend] = pixels(last)
    *_, alone = stylize(photo, painting, tiny_settings())
    np.testing.assert_array_equal(ends[1.0, 0.0], pixels(alone))
    np.testing.assert_array_equal(ends[1.0, 1.0], ends[None])
    assert not np.array_equal(ends[1.0, 0.0], ends[0.0, 1.0])
    assert not np.array_equal(ends[1.0, 0.0], ends[1.0, 1.0])


def test_the_scale_of_the_styles_counts(paint):
    assert not np.array_equal(pixels(paint()[-1]), pixels(paint(style_scale=0.5)[-1]))


def test_small_pictures_are_enlarged_and_large_ones_reduced(paint):
    assert paint(iterations=1, size=60)[0].image.size == (60, 45)
    assert paint(iterations=1, size=8)[0].image.size == (8, 6)


def test_vgg19_paints(photo, painting):
    published = from_preset("neural-style", {"init": "content", "step": "line-search"})
    settings = replace(published, size=32, iterations=8, spectral=0.5)
    *_, last = found = list(stylize(photo, painting, settings))
    assert last.image.size == (32, 24)
    assert min(iterate.loss for iterate in found) < found[0].loss / 2


# The start


def test_the_content_is_where_it_starts(paint, photo):
    (found,) = paint(iterations=1)
    expected = photo.resize((24, 18), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(found.image, expected)
    assert found.terms["content"] == pytest.approx(0, abs=1e-3)


def test_noise_lies_about_the_mean_colour(paint):
    (found,) = paint(iterations=1, init="noise")
    mean = np.array([0.485, 0.456, 0.406]) * 255
    noise = found._pixels().reshape(3, -1) - mean[:, None]
    assert abs(noise).max() < 0.01
    assert noise.std() == pytest.approx(1e-3, rel=0.2)
    assert found.terms["content"] > 0


def test_a_picture_may_be_where_it_starts(paint, painting, tmp_path):
    painting.save(tmp_path / "start.png")
    (found,) = paint(iterations=1, init=str(tmp_path / "start.png"))
    expected = painting.resize((24, 18), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(found.image, expected)


# The same again


@pytest.mark.parametrize("init", ["content", "noise"])
def test_the_same_seed_gives_the_same_bytes(paint, init):
    first, second = (paint(init=init, seed=3, iterations=12) for _ in range(2))
    assert [a.loss for a in first] == [b.loss for b in second]
    assert first[-1].image.tobytes() == second[-1].image.tobytes()


def test_another_seed_gives_other_noise_and_changes_nothing_else(paint):
    first, second = (paint(init="noise", seed=seed)[-1] for seed in (3, 4))
    assert not np.array_equal(first._pixels(), second._pixels())
    first, second = (paint(init="content", seed=seed)[-1] for seed in (3, 4))
    assert first.image.tobytes() == second.image.tobytes()


# Colours


def test_the_contents_colours_are_kept(paint, photo):
    *_, plain = paint(iterations=20)
    *_, kept = paint(iterations=20, colors="content")
    content = np.asarray(photo.resize((24, 18), Image.Resampling.BILINEAR), float)
    assert kept.loss == plain.loss

    def chroma(picture):
        return picture - (picture @ LUMA)[..., None]

    result = pixels(kept).astype(float)
    inside = ((result > 0) & (result < 255)).all(-1)  # where nothing was clipped
    assert inside.mean() > 0.2
    assert abs(chroma(result) - chroma(content))[inside].max() < 1.5
    assert abs(chroma(pixels(plain).astype(float)) - chroma(content)).max() > 10
    assert abs(result @ LUMA - pixels(plain) @ LUMA)[inside].max() < 1.5


# What is refused before the work


def test_pictures_that_can_not_be_read(tmp_path, photo, painting, tiny_settings):
    (tmp_path / "text.png").write_text("no picture")
    ok = tiny_settings()
    for wrong, words in [
        (tmp_path / "none.png", "does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "text.png", "not a picture"),
        (np.zeros((4, 4, 7)), "shape"),
    ]:
        message = refusal_of(PictureError, wrong, painting, ok)
        assert message.startswith("content")
        assert words in message
        message = refusal_of(PictureError, photo, [painting, wrong], ok)
        assert message.startswith("style")
        assert words in message
    start = str(tmp_path / "none.png")
    message = refusal_of(PictureError, photo, painting, tiny_settings(init=start))
    assert message == f"--init {start} does not exist; check the path"


def test_no_style_at_all(photo, tiny_settings):
    assert "style" in refusal_of(PictureError, photo, [], tiny_settings())


def test_a_picture_above_the_limit(photo, painting, tiny_settings):
    message = refusal_of(PictureError, photo, painting, tiny_settings(max_pixels=1700))
    assert message.startswith("content has more than 1700 pixels")
    assert "--max-pixels" in message


@pytest.mark.parametrize("name", ["content_layers", "style_layers"])
def test_an_unknown_layer_is_told_the_nearest(photo, painting, tiny_settings, name):
    wrong = tiny_settings(**{name: (("relu_2", 1.0),)})
    message = refusal_of(SettingsError, photo, painting, wrong)
    assert message == "tiny.onnx has no layer 'relu_2'; did you mean 'relu2'?"


def test_a_blend_of_another_length(photo, painting, tiny_settings):
    wrong = tiny_settings(style_blend=(1.0, 2.0))
    assert "2 weights for 1 styles" in refusal_of(SettingsError, photo, painting, wrong)


def test_pictures_too_small_for_the_network(tmp_path, photo, painting, tiny_settings):
    message = refusal_of(PictureError, photo, painting, tiny_settings(size=5))
    assert message == (
        "content is too small at 5×3: tiny.onnx needs 4 pixels on each side; give a larger --size"
    )
    assert list(stylize(photo, painting, tiny_settings(size=6)))  # 6×4
    path = tmp_path / "strip.png"
    painting.resize((40, 2)).save(path)
    message = refusal_of(PictureError, photo, [painting, path], tiny_settings())
    assert message.startswith(f"style {path} is too small at 24×1: tiny.onnx needs 2 pixels")
    assert list(stylize(photo, path, tiny_settings(size=40)))  # 40×2


def test_a_side_of_no_pixels(photo, painting, tiny_settings):
    wrong = tiny_settings(style_scale=0.01)
    assert "too small" in refusal_of(SettingsError, photo, painting, wrong)


def test_only_the_layers_with_a_weight_need_room(photo, painting, tiny_settings):
    strip = photo.resize((24, 2))
    message = refusal_of(PictureError, strip, painting, tiny_settings())
    assert "needs 4 pixels" in message
    assert list(stylize(strip, painting, tiny_settings(content_weight=0)))  # relu2 is enough
    dot = painting.resize((24, 1))
    assert "needs 2 pixels" in refusal_of(PictureError, photo, dot, tiny_settings())
    assert list(stylize(photo, dot, tiny_settings(style_weight=0)))


def test_vgg19_says_how_small_it_goes(photo, painting):
    settings = Settings(size=15, iterations=1)
    message = refusal_of(PictureError, photo, painting, settings)
    assert "at 15×11: vgg19.onnx needs 16 pixels" in message


def test_models_that_are_none(tmp_path, photo, painting, tiny, tiny_settings):
    (tmp_path / "text.onnx").write_text("no model")
    (tmp_path / "short.onnx").write_bytes(tiny.read_bytes()[:-100])
    (tmp_path / "empty.onnx").touch()
    for name in ("text", "short", "empty", "none"):
        path = tmp_path / f"{name}.onnx"
        message = refusal_of(ModelError, photo, painting, tiny_settings(model=str(path)))
        assert str(path) in message


def test_a_model_that_has_no_derivative_is_refused_beforehand(
    tmp_path, photo, painting, tiny, tiny_settings
):
    model = onnx.load(tiny)
    for node in model.graph.node:
        if node.name == "relu2":
            node.op_type = "Hardmax"
    path = tmp_path / "hard.onnx"
    onnx.save(model, path)
    with pytest.raises(OrtStyleError, match="Hardmax"):
        stylize(photo, painting, tiny_settings(model=str(path)))


def test_a_device_that_is_missing(monkeypatch, photo, painting, tiny_settings):
    message = refusal_of(SettingsError, photo, painting, tiny_settings(), device="cpp")
    assert "did you mean cpu?" in message
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    message = refusal_of(DeviceError, photo, painting, tiny_settings(), device="cpu")
    assert 'pip install "ortstyle[cpu]"' in message


# Manners


def test_the_library_is_quiet_and_leaves_the_world_as_it_was(paint, capfd):
    np.random.seed(5)  # noqa: NPY002  the global generator is the point
    before = np.random.get_state()[1].tolist(), os.getcwd(), np.geterr(), Image.MAX_IMAGE_PIXELS  # noqa: NPY002, PTH109
    paint(init="noise")
    after = np.random.get_state()[1].tolist(), os.getcwd(), np.geterr(), Image.MAX_IMAGE_PIXELS  # noqa: NPY002, PTH109
    assert before == after
    assert capfd.readouterr() == ("", "")


def test_the_callers_pictures_are_left_as_they_were(photo, painting, tiny_settings):
    array = np.asarray(photo).copy()
    image = painting.copy()
    list(stylize(array, image, tiny_settings()))
    np.testing.assert_array_equal(array, photo)
    np.testing.assert_array_equal(image, painting)


def test_nothing_runs_until_it_is_read(photo, painting, tiny_settings, monkeypatch):
    opened, real = [], Objective.open
    monkeypatch.setattr(Objective, "open", lambda self: opened.append(1) or real(self))
    run = stylize(photo, painting, tiny_settings())
    assert not opened
    next(run)
    assert opened == [1]


@pytest.mark.parametrize("end", ["close", "finish", "throw"])
def test_the_session_is_released(photo, painting, tiny_settings, monkeypatch, end):
    alive = []

    class Watched(Session):
        def __init__(self, model, device, **options):
            super().__init__(model, device, **options)
            alive.append(weakref.ref(self._session))

    monkeypatch.setattr(sessions, "Session", Watched)
    run = stylize(photo, painting, tiny_settings())
    next(run)
    gc.collect()
    assert alive[-1]() is not None
    assert not any(ref() for ref in alive[:-1])  # those that made the targets
    if end == "close":
        run.close()
    elif end == "finish":
        list(run)
    else:
        with pytest.raises(KeyboardInterrupt):
            run.throw(KeyboardInterrupt)
    gc.collect()
    assert alive[-1]() is None
    assert list(run) == []


# Runs that go wrong


def run_of(fake, photo, settings):
    """Run on a fake objective at one scale, of the photograph's own size."""
    settings = replace(settings, size=photo.width, scales=1)
    inputs = Inputs.read(photo, [photo], settings)
    schedule = settings.schedule()
    return pyramid._Run(
        inputs, settings, FakeObjectiveFactory(lambda _: fake), start_of(photo), schedule
    ).iterates()


def run_on(function, photo, iterations, **changes):
    settings = Settings(iterations=iterations, step="published", spectral=0.0, **changes)
    return run_of(Fake(function), photo, settings)


def start_of(photo):
    return np.full((1, 3, photo.height, photo.width), 100, np.float32)


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (np.nan, "the loss is no longer finite"),
        (np.inf, "the loss is no longer finite"),
        (1e12, "the loss ran away"),
    ],
)
def test_a_run_that_goes_wrong_starts_again_from_the_best(photo, bad, reason, optimizer):
    fake = Fake(lambda i, x: (bad, np.ones_like(x)) if i == 4 else bowl(x))
    settings = Settings(iterations=9, step="published", spectral=0.0, optimizer=optimizer)
    found = list(run_of(fake, photo, settings))
    assert len(found) == 9
    notices = {iterate.evaluations: iterate.notice for iterate in found if iterate.notice}
    assert notices == {5: f"evaluation 5: {reason}; starting again from the best picture"}
    best = min(range(4), key=lambda i: found[i].loss)
    np.testing.assert_array_equal(fake.asked[5], fake.asked[best])  # the start of the second run
    np.testing.assert_array_equal(found[4]._pixels(), fake.asked[best])
    assert found[5].loss == found[best].loss
    assert all(a.iteration <= b.iteration for a, b in pairwise(found))
    assert np.isfinite(found[-1]._pixels()).all()
    assert fake.closed


def test_a_gradient_that_is_not_finite_is_no_gradient(photo):
    found = list(run_on(lambda i, x: (1.0, x * np.nan if i == 2 else x), photo, 5))
    assert [bool(iterate.notice) for iterate in found] == [False, False, True, False, False]


def test_after_three_restarts_it_stops(photo):
    fake = Fake(lambda i, x: bowl(x) if i % 2 == 0 else (np.nan, x))
    settings = Settings(iterations=50, step="published", spectral=0.0)
    found = list(run_of(fake, photo, settings))
    notices = [iterate.notice.rpartition("; ")[2] for iterate in found if iterate.notice]
    assert notices == ["starting again from the best picture"] * 3 + ["stopping"]
    assert len(found) == 8
    np.testing.assert_array_equal(found[-1]._pixels(), start_of(photo))
    assert fake.closed


def test_a_run_that_never_had_a_finite_loss_shows_its_start(photo):
    found = list(run_on(lambda _, x: (np.nan, x * np.nan), photo, 50))
    assert len(found) == 4
    np.testing.assert_array_equal(np.asarray(found[-1].image), 100)


def test_a_run_that_can_not_go_lower_ends_early_and_says_so(photo):
    found = list(run_on(lambda _, x: (1.0, np.zeros_like(x)), photo, 50))
    assert [iterate.notice for iterate in found] == ["evaluation 1: the gradient is zero; stopping"]


# What it was


def test_a_run_is_described(tiny, tiny_settings):
    found = provenance_of(tiny_settings(), find_device("cpu"))
    assert found["settings"] == tiny_settings().to_dict()
    assert found["device"] in {device.name for device in devices.DEVICES}
    assert found["model"] == {
        "file": "tiny.onnx",
        "sha256": sha256(tiny.read_bytes()).hexdigest(),
    }
    assert found["versions"]["numpy"] == np.__version__
    assert set(found["versions"]) == {"onnxruntime", *description._PACKAGES}
    assert provenance_of(Settings(), find_device("cpu"))["model"]["file"] == "vgg19.onnx"


def test_packaged_files_are_found():
    assert packaged_path("models", "vgg19.onnx").read_bytes() == VGG19.read_bytes()
    assert packaged_path("examples", "photo.jpg").is_file()


# Scales


def test_coarse_to_fine(paint):
    found = paint(scales=3, iterations=(4, 3, 2), size=48)
    assert [(i.scale, i.width, i.evaluations) for i in found] == [
        *(((0, 3), 24, n) for n in (1, 2, 3, 4)),
        *(((1, 3), 34, n) for n in (5, 6, 7)),
        *(((2, 3), 48, n) for n in (8, 9)),
    ]
    assert all(a.seconds < b.seconds for a, b in pairwise(found))
    assert found[-1].seconds_left == 0
    assert found[0].seconds_left > 0
    assert found[-1].image.size == (48, 36)


def test_a_scale_starts_where_the_last_one_came_to(paint):
    found = paint(scales=2, iterations=(9, 1), size=48)
    coarse, fine = pixels(found[8]).astype(float), found[9].image.resize((34, 25))
    cold = pixels(paint(scales=1, iterations=1, size=34)[0])
    assert np.abs(np.asarray(fine) - coarse).mean() < 0.3 * np.abs(cold - coarse).mean()


def test_the_coarse_scales_of_a_preview_are_those_of_the_picture(paint):
    small = paint(scales=2, iterations=(5, 1), size=34)
    large = paint(scales=3, iterations=(5, 1, 1), size=48)
    # The photograph has been resized by way of another size.
    np.testing.assert_allclose(small[4].pixels, large[4].pixels, atol=4)
    assert small[4].loss == pytest.approx(large[4].loss, rel=0.05)


def test_scales_too_small_for_the_network_are_left_out(tmp_path, painting, tiny_settings):
    """A panorama of 40×4 needs 4 rows; at half the size it has 2."""
    panorama = Image.fromarray(np.random.default_rng(0).integers(0, 255, (4, 40, 3), np.uint8))
    settings = tiny_settings(size=40, scales=3, iterations=(3, 2, 1))
    found = list(stylize(panorama, painting, settings))
    assert [iterate.width for iterate in found] == [40] * 6
    assert found[-1].scale == (0, 1)


def test_one_scale_that_can_not_go_lower_leaves_it_to_the_next(photo):
    settings = Settings(size=48, scales=2, iterations=(5, 5), step="published", spectral=0.0)
    inputs = Inputs.read(photo, [photo], settings)
    fakes = iter([Fake(lambda _, x: (1.0, np.zeros_like(x))), Fake(lambda _, x: bowl(x))])
    start = np.full((1, 3, 25, 34), 100, np.float32)
    shop = FakeObjectiveFactory(lambda _: next(fakes))
    run = pyramid._Run(inputs, settings, shop, start, settings.schedule())
    found = list(run.iterates())
    assert found[0].notice == "evaluation 1: the gradient is zero; going on at the next scale"
    assert [iterate.evaluations for iterate in found] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("end", ["close", "finish"])
def test_the_memory_of_a_scale_is_given_back_before_the_next(
    photo, painting, tiny_settings, monkeypatch, end
):
    alive = []

    class Watched(Objective):
        def open(self):
            gc.collect()
            assert not any(ref() for ref in alive)
            alive.append(weakref.ref(self))
            return super().open()

    monkeypatch.setattr(factory, "Objective", Watched)
    run = stylize(photo, painting, tiny_settings(scales=3, iterations=(2, 1, 1)))
    if end == "finish":
        assert len(list(run)) == 4
        assert len(alive) == 3
    else:
        for _ in range(3):
            next(run)
        run.close()
        assert len(alive) == 2
    del run
    gc.collect()
    assert not any(ref() for ref in alive)


# Regions


def halves(width=48, height=36):
    left = np.zeros((height, width), np.uint8)
    left[:, : width // 2] = 255
    return left


def test_two_styles_two_halves(photo, painting, tiny, tiny_settings):
    """Each half comes nearer to the statistics of its own style than to the other's."""
    painting = Image.fromarray(np.asarray(painting) // 3 + 60)  # away from where colours are cut
    other = Image.fromarray(235 - np.asarray(painting.rotate(90)))
    settings = tiny_settings(content_weight=0.0, iterations=120, size=48)
    masks = [halves(), 255 - halves()]
    *_, last = stylize(photo, [painting, other], settings, content_masks=masks)

    def distance(pixels, style):
        array = to_array(style.resize((48, 48)))
        options = {"styles": [array], "settings": settings, "device": find_device("cpu")}
        with Objective(Network.open(tiny), pixels, **options) as objective:
            return objective(pixels).terms["style"]

    before = to_array(photo)
    for k, (own, foreign) in enumerate([(painting, other), (other, painting)]):
        found, start = (np.split(p, 2, axis=3)[k].copy() for p in (last.pixels, before))
        assert distance(found, own) < distance(found, foreign)
        assert distance(found, own) < 0.4 * distance(start, own)


def test_masks_from_files_are_those_given(photo, painting, tiny_settings, tmp_path):
    Image.fromarray(halves()).save(tmp_path / "left.png")
    by_path = stylize(
        photo, [painting] * 2, tiny_settings(content_mask=(str(tmp_path / "left.png"), ""))
    )
    given = stylize(photo, [painting] * 2, tiny_settings(), content_masks=[halves(), None])
    np.testing.assert_array_equal(pixels(list(by_path)[-1]), pixels(list(given)[-1]))


@pytest.mark.parametrize("colors", ["match-linear", "match-histogram", "luminance"])
def test_colours_come_from_the_photograph(photo, painting, tiny_settings, colors):
    settings = tiny_settings(iterations=20, content_weight=0.0)
    own = list(stylize(photo, painting, settings))[-1].pixels
    kept = list(stylize(photo, painting, replace(settings, colors=colors)))[-1].pixels
    wanted = np.asarray(photo.resize((24, 18)), float).reshape(-1, 3).mean(0)

    def off(found):
        return np.linalg.norm(found[0].reshape(3, -1).mean(1) - wanted)

    assert off(kept) < off(own)


def test_it_may_start_in_the_colours_of_the_style(paint, painting):
    first = paint(init="style", iterations=1)[0].pixels
    wanted = np.asarray(painting, float).reshape(-1, 3).mean(0)
    plain = paint(iterations=1)[0].pixels
    near, far = (np.abs(p[0].reshape(3, -1).mean(1) - wanted).max() for p in (first, plain))
    assert near < far
