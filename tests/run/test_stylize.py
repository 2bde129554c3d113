"""`stylize`: it paints pictures and changes nothing else."""

import os
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ortstyle.errors import SettingsError
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.pictures.color import LUMA
from ortstyle.pictures.picture import to_array
from ortstyle.run.stylize import stylize
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.presets import from_preset
from ortstyle.settings.settings import Settings


@pytest.fixture(autouse=True)
def runtime():
    pytest.importorskip("onnxruntime")


def pixels(iterate):
    return np.asarray(iterate.image)


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


def test_the_content_is_where_it_starts(paint, photo):
    (found,) = paint(iterations=1)
    expected = photo.resize((24, 18), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(found.image, expected)
    assert found.terms["content"] == pytest.approx(0, abs=1e-3)


def test_noise_lies_about_the_mean_colour(paint):
    (found,) = paint(iterations=1, init="noise")
    mean = np.array([0.485, 0.456, 0.406]) * 255
    noise = found.pixels.reshape(3, -1) - mean[:, None]
    assert abs(noise).max() < 0.01
    assert noise.std() == pytest.approx(1e-3, rel=0.2)
    assert found.terms["content"] > 0


def test_a_picture_may_be_where_it_starts(paint, painting, tmp_path):
    painting.save(tmp_path / "start.png")
    (found,) = paint(iterations=1, init=str(tmp_path / "start.png"))
    expected = painting.resize((24, 18), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(found.image, expected)


def test_it_may_start_in_the_colours_of_the_style(paint, painting):
    first = paint(init="style", iterations=1)[0].pixels
    wanted = np.asarray(painting, float).reshape(-1, 3).mean(0)
    plain = paint(iterations=1)[0].pixels
    near, far = (np.abs(p[0].reshape(3, -1).mean(1) - wanted).max() for p in (first, plain))
    assert near < far


@pytest.mark.parametrize("init", ["content", "noise"])
def test_the_same_seed_gives_the_same_bytes(paint, init):
    first, second = (paint(init=init, seed=3, iterations=12) for _ in range(2))
    assert [a.loss for a in first] == [b.loss for b in second]
    assert first[-1].image.tobytes() == second[-1].image.tobytes()


def test_another_seed_gives_other_noise_and_changes_nothing_else(paint):
    first, second = (paint(init="noise", seed=seed)[-1] for seed in (3, 4))
    assert not np.array_equal(first.pixels, second.pixels)
    first, second = (paint(init="content", seed=seed)[-1] for seed in (3, 4))
    assert first.image.tobytes() == second.image.tobytes()


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


@pytest.mark.parametrize("colors", ["match-linear", "match-histogram", "luminance"])
def test_colours_come_from_the_photograph(photo, painting, tiny_settings, colors):
    settings = tiny_settings(iterations=20, content_weight=0.0)
    own = list(stylize(photo, painting, settings))[-1].pixels
    kept = list(stylize(photo, painting, replace(settings, colors=colors)))[-1].pixels
    wanted = np.asarray(photo.resize((24, 18)), float).reshape(-1, 3).mean(0)

    def off(found):
        return np.linalg.norm(found[0].reshape(3, -1).mean(1) - wanted)

    assert off(kept) < off(own)


def halves(width=48, height=36):
    left = np.zeros((height, width), np.uint8)
    left[:, : width // 2] = 255
    return left


def test_two_styles_two_halves(photo, painting, tiny, tiny_settings):
    """Each half of the picture is nearer to the statistics of its own style than of the other."""
    painting = Image.fromarray(np.asarray(painting) // 3 + 60)  # away from where colours are cut
    other = Image.fromarray(235 - np.asarray(painting.rotate(90)))
    settings = tiny_settings(content_weight=0.0, iterations=120, size=48)
    masks = [halves(), 255 - halves()]
    *_, last = stylize(photo, [painting, other], settings, content_masks=masks)

    def distance(pixels, style):
        array = to_array(style.resize((48, 48)))
        options = {"styles": [array], "settings": settings, "device": find_device("cpu")}
        with WholeObjective(Network.open(tiny), pixels, **options) as objective:
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
    opened, real = [], WholeObjective.open
    monkeypatch.setattr(WholeObjective, "open", lambda self: opened.append(1) or real(self))
    run = stylize(photo, painting, tiny_settings())
    assert not opened
    next(run)
    assert opened == [1]


def test_one_evaluation_is_said_to_change_nothing(photo, painting, tiny_settings):
    (only,) = stylize(photo, painting, tiny_settings(iterations=1))
    assert only.notice.startswith("one evaluation only measures the picture that the run starts")
    start = photo.resize((24, 18), Image.Resampling.BILINEAR)
    assert only.image.tobytes() == start.tobytes()
    assert next(stylize(photo, painting, tiny_settings(iterations=2))).notice == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("settings", value) for value in (None, {}, "bold", Settings)],
        *[("device", value) for value in (None, 0, b"cpu", ["cpu"])],
        *[("resume", value) for value in (0, b"a.checkpoint")],
        *[("memory", value) for value in ("6GB", b"1", [1], nan, -1, 0)],
        *[("content_masks", value) for value in ("mask.png", 3, Image.new("L", (4, 4)), {})],
        *[("style_masks", value) for value in (Path("mask.png"), np.zeros((4, 4)), iter([]))],
    ],
)
def test_arguments_of_the_wrong_kind_are_one_line(photo, painting, tiny_settings, name, value):
    arguments = {"settings": tiny_settings(), name: value}
    with pytest.raises(SettingsError, match=rf"^{name} is (of type \w+|nan|-1|0); give [^\n]+$"):
        stylize(photo, painting, **arguments)
