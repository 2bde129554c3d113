"""The engine "training": the same losses, with the gradient that onnxruntime-training derives."""

import json

import numpy as np
import pytest
from networks import VGG19, anchor, difference, picture

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.graph.loss_graph import loss_model
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.values import shape_of
from ortstyle.objective.whole import WholeObjective
from ortstyle.run.stylize import stylize
from ortstyle.runtime import training
from ortstyle.runtime.device_lookup import find_device
from ortstyle.settings.settings import Settings

pytest.importorskip("onnxruntime")

SIZE = (37, 44)


@pytest.fixture(scope="module")
def vgg19():
    return Network.open(VGG19)


def installed():
    if training.why_training_unavailable():
        pytest.skip("needs the training extra")


def test_its_graph_leaves_the_gradient_out(vgg19):
    model = loss_model(vgg19, SIZE, settings=Settings(engine="training"))
    assert [value.name for value in model.graph.outputs] == ["loss", "content", "style", "tv"]


def test_without_it_the_message_says_what_to_install(vgg19, monkeypatch):
    monkeypatch.setattr(training, "import_module", lambda _: None)
    with pytest.raises(DeviceError, match='pip install "onnxruntime-training-cpu=='):
        stylize(np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40, 3), np.uint8),
                Settings(engine="training"), device="cpu")  # fmt: skip


def test_normalised_gradients_need_the_portable_engine():
    with pytest.raises(SettingsError, match="--engine portable"):
        Settings(engine="training", normalize_gradients=True)


@pytest.mark.training
@pytest.mark.parametrize("held", [None, anchor(*SIZE)], ids=["free", "anchored"])
@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_both_engines_give_the_same_loss_and_gradient(vgg19, pooling, held, capfd):
    installed()
    found = {}
    for engine in ("portable", "training"):
        settings = Settings(engine=engine, pooling=pooling)
        content, style, image = (picture(*SIZE, seed) for seed in range(3))
        cpu = find_device("cpu")
        with WholeObjective(
            vgg19, content, styles=[style], settings=settings, device=cpu, anchor=held
        ) as objective:
            found[engine] = objective(image)
    ours, theirs = found.values()
    assert ("temporal" in theirs.terms) is (held is not None)
    assert theirs.loss == pytest.approx(ours.loss, rel=1e-5)
    assert theirs.terms == pytest.approx(ours.terms, rel=1e-5)
    assert theirs.gradient.shape == ours.gradient.shape
    assert difference(theirs.gradient, ours.gradient) < 1e-3
    assert capfd.readouterr() == ("", "")


@pytest.mark.training
def test_a_run_and_its_trace_are_the_same(tmp_path, monkeypatch, photo, painting):
    installed()
    from ortstyle.cli import main as cli

    monkeypatch.chdir(tmp_path)
    photo.save("photo.png")
    painting.save("painting.png")
    losses, keys = [], []
    for engine in ("portable", "training"):
        arguments = ["render", "photo.png", "painting.png", "-o", f"{engine}.png", "--size", "32"]
        options = ["--iterations", "4", "--optimizer", "adam", "--engine", engine, "-q"]
        monkeypatch.setattr(
            "sys.argv", ["ortstyle", *arguments, *options, "--trace", f"{engine}.jsonl"]
        )
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 0
        run, *lines = map(
            json.loads, (tmp_path / f"{engine}.jsonl").read_text("utf-8").splitlines()
        )
        assert run["run"]["settings"]["engine"] == engine
        losses.append([line["loss"] for line in lines])
        keys.append([set(line) for line in lines])
    np.testing.assert_allclose(*losses, rtol=1e-2)
    assert keys[0] == keys[1]


@pytest.mark.training
def test_an_operator_without_a_derivative_is_one_line():
    installed()
    graph = new_graph("test")
    image = add_input(graph, "image", (2, 3))
    ops = Ops(graph)
    add_output(graph, "loss", ops.reduce_sum(ops.emit("Celu", [image])[0], keepdims=True))
    with pytest.raises(DeviceError, match="onnxruntime-training can't differentiate") as caught:
        training.differentiate(finish(graph))
    assert "\n" not in str(caught.value)
    assert shape_of(image) == (2, 3)
