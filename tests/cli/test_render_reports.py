"""What a run writes beside the picture: the plot of the losses and the comparison page."""

import re
from pathlib import Path

from commands import (
    PICTURES,
    names,
    needs_runtime,
)
from fakes import before_each_evaluation
from PIL import Image


@needs_runtime
def test_the_loss_is_drawn(folder, call, network):
    for name in ("loss.png", "loss.svg", "loss.HTML"):
        arguments = ["render", "photo.png", "painting.png", "-o", "a.png", "--plot", name]
        assert call(*arguments, *network)[0] == 0
        assert name in names(folder)
    with Image.open("loss.png") as picture:
        assert picture.format == "PNG"
    points = re.findall(r'points="([^"]*)"', Path("loss.svg").read_text("utf-8"))
    assert [len(line.split()) for line in points].count(5) >= 2  # five evaluations
    assert names(folder) == sorted(
        ["a.png", "loss.HTML", "loss.png", "loss.svg", "painting.png", "photo.png"]
    )


@needs_runtime
def test_a_page_compares(folder, call, network):
    arguments = ["render", "photo.png", "painting.png", "photo.png", "-o", "a.png"]
    assert call(*arguments, "--compare", "page.html", *network)[0] == 0
    text = Path("page.html").read_text("utf-8")
    assert text.count("data:image/jpeg;base64,") == 4
    captions = re.findall(r"<figcaption>(.*?) <small>", text)
    assert captions == [
        *["content: photo.png", "style: painting.png", "style: photo.png", "result: a.png"]
    ]
    assert "<polyline" in text
    assert "relu1:1,<wbr>relu2:0.5" in text


@needs_runtime
def test_a_run_that_is_stopped_leaves_plot_and_page(folder, call, network):
    def stop(number):
        if number == 4:
            raise KeyboardInterrupt

    extra = ["--plot", "loss.svg", "--compare", "page.html"]
    with before_each_evaluation(stop):
        code, out, _ = call("render", *PICTURES, "-o", "a.png", *extra, *network)
    assert (code, out) == (130, "")
    assert names(folder) == ["a.png", "loss.svg", "page.html", "painting.png", "photo.png"]
    points = re.findall(r'points="([^"]*)"', Path("loss.svg").read_text("utf-8"))
    assert 3 in [len(line.split()) for line in points]
    assert Path("page.html").read_text("utf-8").count("data:image/jpeg;base64,") == 3
