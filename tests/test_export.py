"""The exported graph: a valid file that another program can run by its description alone."""

import json
import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import onnx
import pytest
from networks import VGG19, picture, run_session
from onnx import numpy_helper

from ortstyle.errors import GraphError, ModelError, OutputError, SettingsError
from ortstyle.export import export_graph
from ortstyle.settings.settings import Settings

DTYPES = {onnx.TensorProto.FLOAT: "float"}


@pytest.fixture
def exported(tmp_path, tiny_settings):
    """Return the two files of the tiny network for pictures of 20×16."""
    return export_graph(tmp_path / "out.onnx", width=20, height=16, settings=tiny_settings())


def description_of(files):
    return json.loads(files[1].read_text("utf-8"))


def refusal_of(kind, path, settings, **size):
    with pytest.raises(kind) as caught:
        export_graph(path, settings=settings, **({"width": 16, "height": 16} | size))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_two_files_are_written_and_no_other(exported, tmp_path):
    assert exported == (tmp_path / "out.onnx", tmp_path / "out.json")
    assert sorted(tmp_path.iterdir()) == sorted(exported)


def test_the_graph_is_valid_and_has_its_weights_inside(exported):
    onnx.checker.check_model(exported[0], full_check=True)
    model = onnx.load(exported[0], load_external_data=False)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    assert not any(weight.external_data for weight in model.graph.initializer)
    assert any(numpy_helper.to_array(w).shape == (8, 6, 3, 3) for w in model.graph.initializer)


def test_every_input_and_output_is_described(exported):
    described, graph = description_of(exported), onnx.load(exported[0]).graph
    for side, values in (("inputs", graph.input), ("outputs", graph.output)):
        assert [entry["name"] for entry in described[side]] == [value.name for value in values]
        for entry, value in zip(described[side], values, strict=True):
            tensor = value.type.tensor_type
            assert entry["shape"] == [dim.dim_value for dim in tensor.shape.dim]
            assert entry["dtype"] == DTYPES[tensor.elem_type]
            assert entry["meaning"]
            assert "{" not in entry["meaning"]
    assert {e["name"]: e["shape"] for e in described["inputs"]} == {
        "image": [1, 3, 16, 20],
        "content.relu3": [1, 8, 4, 5],
        "style.relu1": [4, 4],
        "style.relu2": [6, 6],
    }
    outputs = {e["name"]: e["shape"] for e in described["outputs"]}
    assert outputs["gradient"] == [1, 3, 16, 20]
    assert outputs["loss"] == [1]
    assert {f"statistics.{e['name']}" for e in described["inputs"][1:]} <= set(outputs)


def test_terms_of_the_loss_are_not_described_as_targets(exported):
    meanings = {e["name"]: e["meaning"] for e in description_of(exported)["outputs"]}
    for term in ("content", "style"):
        assert meanings[term] == f"the weighted {term} loss"
        assert (
            "of the same name" in meanings[f"statistics.{term}.relu{3 if term == 'content' else 1}"]
        )


def test_the_description_says_what_it_was_made_of(exported, tiny, tiny_settings):
    described = description_of(exported)
    assert described["model"] == {
        "file": "tiny.onnx",
        "sha256": sha256(tiny.read_bytes()).hexdigest(),
    }
    assert described["settings"] == json.loads(json.dumps(tiny_settings().to_dict()))


def run_by_description(files, image, targets=None):
    """Run as another program would, by the description alone; targets not given are zero."""
    feeds = {
        entry["name"]: np.zeros(entry["shape"], np.float32)
        for entry in description_of(files)["inputs"]
    }
    return run_session(files[0].read_bytes(), feeds | {"image": image} | (targets or {}))


def targets_of(files, content, style):
    """Return the statistics of two pictures as targets, as the description says."""
    return {
        f"{term}.{name}": value
        for term, image in (("content", content), ("style", style))
        for full, value in run_by_description(files, image).items()
        for kind, _, name in [full.removeprefix("statistics.").partition(".")]
        if full.startswith("statistics.") and kind == term
    }


def test_statistics_fed_back_leave_the_smoothness_alone(exported):
    pytest.importorskip("onnxruntime")
    image, other = picture(16, 20, 1), picture(16, 20, 2)
    found = run_by_description(exported, image, targets_of(exported, image, image))
    away = run_by_description(exported, image, targets_of(exported, other, other))
    assert found["tv"] > 0
    assert found["loss"] == pytest.approx(found["tv"], rel=1e-4)
    assert found["content"] == pytest.approx(0, abs=1e-6 * away["content"].item())
    assert found["style"] == pytest.approx(0, abs=1e-6 * away["style"].item())
    assert away["content"] > 1
    assert away["style"] > 1


def test_the_gradient_leads_downhill(exported):
    pytest.importorskip("onnxruntime")
    image = picture(16, 20, 1)
    targets = targets_of(exported, picture(16, 20, 2), picture(16, 20, 3))
    found = run_by_description(exported, image, targets)
    norm = (found["gradient"].astype(float) ** 2).sum()
    step = (1e-3 * found["loss"] / norm * found["gradient"]).astype(np.float32)
    lower = run_by_description(exported, image - step, targets)
    assert lower["loss"] == pytest.approx(found["loss"] * (1 - 1e-3), rel=2e-4)


def test_an_exported_graph_replaces_an_older_one(exported, tiny_settings):
    export_graph(exported[0], width=24, height=12, settings=tiny_settings())
    assert description_of(exported)["inputs"][0]["shape"] == [1, 3, 12, 24]
    assert onnx.load(exported[0]).graph.input[0].type.tensor_type.shape.dim[3].dim_value == 24


def test_a_string_is_a_path(tmp_path, tiny_settings):
    files = export_graph(str(tmp_path / "a.onnx"), width=8, height=8, settings=tiny_settings())
    assert all(file.is_file() for file in files)


def test_vgg19_is_exported_too(tmp_path):
    files = export_graph(tmp_path / "vgg.onnx", width=16, height=16, settings=Settings())
    onnx.checker.check_model(files[0])
    names = [entry["name"] for entry in description_of(files)["inputs"]]
    parts = [
        f"relu{block}_1{part}" for block in range(1, 6) for part in ("", ".mean", ".deviation")
    ]
    assert names == ["image", "content.relu4_2", *(f"style.{part}" for part in parts)]
    assert description_of(files)["model"]["sha256"] == sha256(VGG19.read_bytes()).hexdigest()


# What is refused


@pytest.mark.parametrize("name", ["out.pb", "out", "out.onnx.gz"])
def test_another_suffix(tmp_path, tiny_settings, name):
    message = refusal_of(OutputError, tmp_path / name, tiny_settings())
    assert message.startswith(str(tmp_path / name))
    assert ".onnx" in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["none/out.onnx", "file/out.onnx", "folder.onnx"])
def test_a_path_that_can_not_be_written(tmp_path, tiny_settings, name):
    (tmp_path / "file").touch()
    (tmp_path / "folder.onnx").mkdir()
    message = refusal_of(OutputError, tmp_path / name, tiny_settings())
    assert message.startswith(f"{tmp_path / name} can't be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.onnx"]


def test_a_description_that_can_not_be_written(tmp_path, tiny_settings):
    (tmp_path / "out.json").mkdir()
    message = refusal_of(OutputError, tmp_path / "out.onnx", tiny_settings())
    assert message.startswith(str(tmp_path / "out.json"))
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_the_network_is_not_overwritten(tmp_path, tiny):
    copy = tmp_path / "net.onnx"
    copy.write_bytes(tiny.read_bytes())
    settings = Settings(
        model=str(copy), content_layers=(("relu3", 1.0),), style_layers=(("relu1", 1.0),)
    )
    assert "overwrite" in refusal_of(OutputError, copy, settings)
    assert copy.read_bytes() == tiny.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["net.onnx"]


def test_nothing_is_left_behind_where_there_is_no_graph(tmp_path, tiny_settings):
    wrong = tiny_settings(style_layers=(("relu9", 1.0),))
    assert "relu9" in refusal_of(SettingsError, tmp_path / "out.onnx", wrong)
    small = {"width": 3, "height": 16}
    assert "small" in refusal_of(GraphError, tmp_path / "out.onnx", tiny_settings(), **small)
    missing = tiny_settings(model=str(tmp_path / "none.onnx"))
    assert "none.onnx" in refusal_of(ModelError, tmp_path / "out.onnx", missing)
    assert not list(tmp_path.iterdir())
    (tmp_path / "out.onnx").write_bytes(b"older")
    assert "none.onnx" in refusal_of(ModelError, tmp_path / "out.onnx", missing)
    assert (tmp_path / "out.onnx").read_bytes() == b"older"


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_the_older_files(exported, tiny_settings, monkeypatch, failing):
    before = [file.read_bytes() for file in exported]

    def fail(file, *_):
        # Not for the empty file of the trial.
        if failing == "replace" or os.fstat(file).st_size:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr({"fsync": os, "replace": Path}[failing], failing, fail)
    message = refusal_of(OutputError, exported[0], tiny_settings())
    assert "out.onnx can't be written: No space left on device" in message
    assert [file.read_bytes() for file in exported] == before
    assert sorted(exported[0].parent.iterdir()) == sorted(exported)


@pytest.mark.parametrize("kind", ["moments", "wasserstein"])
def test_other_statistics_are_described_well_enough_to_feed_back(tmp_path, tiny_settings, kind):
    pytest.importorskip("onnxruntime")
    settings = tiny_settings(style_loss=kind, equalize=True)
    files = export_graph(tmp_path / "out.onnx", width=20, height=16, settings=settings)
    image, other = picture(16, 20, 1), picture(16, 20, 2)

    def targets(style):
        found = targets_of(files, style, style)
        if kind == "wasserstein":  # as the meaning of style.relu1 says
            for layer in ("style.relu1", "style.relu2"):
                mean = found[f"{layer}.mean"]
                covariance = len(mean) * found[layer] - mean @ mean.T
                values, vectors = np.linalg.eigh(covariance.astype(float))
                values = np.maximum(values, 0) + values.mean() / 1000
                found[layer] = ((vectors * np.sqrt(values)) @ vectors.T).astype(np.float32)
        return found

    near, far = (run_by_description(files, image, targets(style)) for style in (image, other))
    assert near["style"] < 0.5 * far["style"]
    roots = [e["name"] for e in description_of(files)["inputs"] if "root" in e["meaning"]]
    assert roots == (["style.relu1", "style.relu2"] if kind == "wasserstein" else [])
