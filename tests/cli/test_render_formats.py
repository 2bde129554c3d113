"""The format of the written picture: depth, profile, transparency, metadata."""

import json
from pathlib import Path

import numpy as np
import pytest
from commands import embedded_run, needs_runtime, refusal_of
from PIL import Image
from profiles import DISPLAY_P3

from ortstyle.pictures.icc import srgb_profile
from ortstyle.pictures.read import read_picture


@needs_runtime
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_stay_sixteen(folder, call, network, suffix):
    ramp = np.linspace(20000, 40000, 48 * 36).astype(np.uint16).reshape(36, 48)
    Image.fromarray(ramp).save(f"deep.{suffix}")
    options = ["--style-weight", "0", "--tv-weight", "0"]
    for name, extra in (("a", []), ("b", ["--depth", "8"])):
        output = f"{name}.{suffix}"
        arguments = ["render", f"deep.{suffix}", "painting.png", "-o", output, *extra]
        assert call(*arguments, *network, *options)[0] == 0
    deep, shallow = read_picture(f"a.{suffix}"), read_picture(f"b.{suffix}")
    assert (deep.depth, shallow.depth) == (16, 8)
    assert len(np.unique(deep.pixels)) > 256
    np.testing.assert_allclose(deep.pixels, shallow.pixels, atol=0.51)
    fitted = read_picture(f"deep.{suffix}").resize_to_side(24).pixels
    np.testing.assert_allclose(deep.pixels, fitted, atol=0.01)  # there is nothing to paint
    assert call("render", "photo.png", "painting.png", "-o", "c.jpg", *network)[0] == 0


@needs_runtime
def test_profile_transparency_and_exif_reach_the_result(folder, call, network, photo):
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera", 6
    photo = photo.copy()  # it is shared
    photo.putalpha(128)
    photo.save("rich.png", icc_profile=DISPLAY_P3, exif=exif)
    for mode, profile in (("srgb", srgb_profile()), ("keep", DISPLAY_P3)):
        arguments = ["render", "rich.png", "painting.png", "-o", "a.png", "--icc", mode]
        assert call(*arguments, *network)[0] == 0
        with Image.open("a.png") as image:
            assert (image.size, image.mode) == ((18, 24), "RGBA")
            low, high = image.getchannel("A").getextrema()
            assert 128 <= low <= high < 255  # more where 128 can't show what was painted
            assert image.info["icc_profile"] == profile
            assert image.getexif()[0x010F] == "Camera"
            assert image.getexif()[0x0112] == 1


@needs_runtime
def test_notices_about_files_are_told_even_quietly(folder, call, network, photo):
    photo.save("a.gif", save_all=True, append_images=[photo.rotate(90)])
    photo.save("wrong.png", icc_profile=b"nonsense" * 20)
    code, _, error = call("render", "a.gif", "wrong.png", "-o", "a.png", "--quiet", *network)
    assert code == 0
    assert error == (
        "content a.gif holds 2 pictures; the first is taken; "
        "style wrong.png: its colour profile is damaged, and is ignored\n"
    )
    code, _, error = call(
        *["render", "photo.png", "painting.png", "--icc", "keep", "--quiet", *network]
    )
    assert code == 0
    assert error.startswith("ortstyle: --icc keep: content photo.png has no colour profile")


@needs_runtime
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-o", "a.jpg", "--depth", "16"], "--depth 16: .jpg holds 8 bits"),
        (["-o", "a.png", "--quality", "80"], "--quality: .png has no quality to choose"),
        (["-o", "a.webp", "--chroma", "420"], "--chroma: .webp has no chroma to choose"),
    ],
)
def test_what_a_format_can_not_do_is_found_out_before(folder, call, network, options, words):
    assert words in refusal_of(call, 1, "render", "photo.png", "painting.png", *network, *options)


@needs_runtime
def test_every_picture_of_a_run_is_written_alike_beside_plot_and_page(folder, call, network):
    ramp = np.linspace(20000, 40000, 48 * 36).astype(np.uint16).reshape(36, 48)
    Image.fromarray(ramp).save("deep.png")
    extra = ["--save-every", "2", "--plot", "loss.svg", "--compare", "page.html"]
    arguments = ["render", "deep.png", "painting.png", "-o", "a.png"]
    assert call(*arguments, *network, *extra)[0] == 0
    for name in ("a.png", "a-0002.png", "a-0004.png"):
        assert read_picture(name).depth == 16
        assert embedded_run(name) == embedded_run("a.png")
    assert Path("page.html").read_text("utf-8").count("data:image/jpeg;base64,") == 3


@needs_runtime
def test_a_gif_says_once_that_it_has_few_colours(folder, call, network):
    code, _, error = call("render", "photo.png", "painting.png", "-o", "a.gif", *network)
    assert code == 0
    assert error.count("a.gif will have 256 colours") == 1


@needs_runtime
def test_a_size_that_the_format_can_not_hold_is_refused_before_the_work(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "-o", "a.webp", *network]
    message = refusal_of(call, 1, *arguments, "--size", "16384")
    assert message.startswith(
        "ortstyle: output a.webp: .webp holds at most 16,383 pixels a side, and the result is "
        "16384×12288; write .png"
    )
    assert not Path("a.webp").exists()


@needs_runtime
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
@pytest.mark.parametrize("metadata", ["keep", "minimal", "none"])
def test_metadata_that_the_result_holds(folder, call, network, photo, metadata, suffix):
    exif = Image.Exif()
    exif[0x013B], exif[0x8825] = "Ann", {1: "N", 2: (47.0, 30.0, 0.0)}
    photo.save("a.jpg", exif=exif)
    (folder / "masks").mkdir()
    photo.convert("L").save("masks/sky.png")
    mask, output = str(folder / "masks" / "sky.png"), f"b.{suffix}"
    arguments = ["a.jpg", "painting.png", "-o", output, "--style-mask", mask]
    code, *_ = call("render", *arguments, "--metadata", metadata, *network)
    assert code == 0
    data, found = Path(output).read_bytes(), read_picture(output).carried.exif
    assert (json.dumps(mask)[1:-1].encode() in data) == (metadata == "keep")
    assert (b"sky.png" in data) == (metadata != "none")
    assert (found is not None and bool(found.groups["gps"])) == (metadata == "keep")
    assert (b"Ann" in data) == (metadata != "none")
    if metadata == "none":
        message = refusal_of(call, 2, "render", *arguments[:2], "--like", output, "-o", "c.png")
        assert "holds no settings" in message
    else:
        assert embedded_run(output)["settings"]["size"] == 24
