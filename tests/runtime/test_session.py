"""Sessions: bound inputs, outputs, shared weights, refused models, and threads."""

import os
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnx_ir as ir
import pytest
from small_models import SUM_INPUTS, matrix_product, sums

from ortstyle.errors import DeviceError
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.runtime import session, threads
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.devices import Device
from ortstyle.runtime.session import Session


@pytest.fixture
def cpu():
    pytest.importorskip("onnxruntime")
    return find_device("cpu")


def row(n):
    return np.random.default_rng(1).normal(size=(1, n)).astype(np.float32)


def test_a_small_model_runs(cpu):
    found = Session(sums(), cpu)
    result = found.run(**SUM_INPUTS)
    assert found.outputs == list(result) == ["sum", "twice"]
    np.testing.assert_array_equal(result["sum"], [[4, 4]])
    np.testing.assert_array_equal(result["twice"], [[6, 6]])


def test_what_is_bound_once_stays_bound(cpu):
    found = Session(sums(), cpu)
    found.bind("target", SUM_INPUTS["target"])
    for value in (1, 5, -2):
        result = found.run(image=np.full((1, 2), value, np.float32))
        np.testing.assert_array_equal(result["sum"], [[value + 1] * 2])
    found.bind("target", np.full((1, 2), 10, np.float32))
    np.testing.assert_array_equal(found.run()["sum"], [[8, 8]])


def test_outputs_are_new_arrays_each_time(cpu):
    found = Session(sums(), cpu)
    first = found.run(**SUM_INPUTS)
    kept = first["sum"].copy()
    second = found.run(image=np.zeros((1, 2), np.float32))
    np.testing.assert_array_equal(first["sum"], kept)
    np.testing.assert_array_equal(second["sum"], [[1, 1]])
    assert not np.shares_memory(first["sum"], second["sum"])
    second["sum"][:] = 0  # theirs to write to


def test_a_session_that_released_its_run_keeps_what_was_bound_and_nothing_of_the_last_run(cpu):
    found = Session(sums(), cpu)
    found.bind("target", SUM_INPUTS["target"])
    image = np.full((1, 2), 3, np.float32)
    held = sys.getrefcount(image)
    before = found.run(image=image)
    found.release_run()
    assert sys.getrefcount(image) == held
    np.testing.assert_array_equal(found.run(image=image)["sum"], before["sum"])
    found.release_run()
    with pytest.raises(DeviceError, match="image"):
        found.run()


def test_an_array_with_gaps_is_bound_as_its_values(cpu):
    wide = np.arange(4, dtype=np.float32).reshape(1, 4)
    result = Session(sums(), cpu).run(image=wide[:, ::2], target=SUM_INPUTS["target"])
    np.testing.assert_array_equal(result["sum"], [[1, 3]])


@pytest.mark.parametrize("rows", [8, 4096])  # 2 KiB is serialised, 1 MiB handed over
def test_large_and_small_weights_give_numpys_result(cpu, rows):
    model, matrix = matrix_product(rows)
    result = Session(model, cpu).run(x=row(rows))
    np.testing.assert_allclose(result["y"], row(rows) @ matrix, rtol=1e-3, atol=1e-4)


def test_the_model_is_left_as_it_was(cpu):
    model, _ = matrix_product(4096)
    before = {name: v.const_value for name, v in model.graph.initializers.items()}
    first = Session(model, cpu).run(x=row(4096))
    after = {name: v.const_value for name, v in model.graph.initializers.items()}
    assert before
    assert all(after[name] is tensor for name, tensor in before.items())
    np.testing.assert_array_equal(Session(model, cpu).run(x=row(4096))["y"], first["y"])


def test_the_weights_live_as_long_as_the_session(cpu):
    model, matrix = matrix_product(4096)
    found = Session(model, cpu)
    del model
    clutter = [np.full((4096, 64), 7, np.float32) for _ in range(8)]
    np.testing.assert_allclose(
        found.run(x=row(4096))["y"], row(4096) @ matrix, rtol=1e-3, atol=1e-4
    )
    assert len(clutter) == 8


def unknown_operator():
    """Make a model with an operator that no ONNX Runtime has."""
    x, y = (
        ir.Value(name=n, shape=ir.Shape((1, 2)), type=ir.TensorType(ir.DataType.FLOAT))
        for n in "xy"
    )
    node = ir.Node("nowhere", "Nothing", [x], outputs=[y])
    graph = ir.Graph([x], [y], nodes=[node], opset_imports={"": 17, "nowhere": 1}, name="g")
    return ir.Model(graph, ir_version=8)


def test_a_model_that_can_not_run_is_refused(cpu, capfd):
    with pytest.raises(DeviceError, match=r"device cpu can't run the graph: .*Nothing"):
        Session(unknown_operator(), cpu)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_provider_does_not_fall_back(cpu):
    ghost = Device("ghost", "GhostExecutionProvider", "", "none", plugin="ghost")
    with pytest.raises(DeviceError, match="ghost"):
        Session(sums(), ghost)


def test_constants_alone_stay_bound_when_all_is_released(cpu):
    found = Session(sums(), cpu)
    found.bind_constants({"target": SUM_INPUTS["target"]})
    found.bind("image", SUM_INPUTS["image"])
    first = found.run()
    found.release_all()
    assert found.constants.keys() == {"target"}
    with pytest.raises(DeviceError):
        found.run()
    found = Session(sums(), cpu)
    found.bind_constants({"target": SUM_INPUTS["target"]})
    found.run(image=np.zeros((1, 2), np.float32))
    found.release_all()
    found.release_all()
    np.testing.assert_array_equal(found.run(image=SUM_INPUTS["image"])["sum"], first["sum"])


def test_the_bytes_of_weights_are_told(cpu):
    model, matrix = matrix_product(1024)
    assert matrix.nbytes < Session(model, cpu).weight_bytes < matrix.nbytes + 10_000


def test_a_failing_run_is_a_device_error_and_prints_nothing(cpu, capfd):
    found = Session(sums(), cpu)
    assert not found.has_failed
    with pytest.raises(DeviceError, match="failed"):
        found.run(image=np.zeros((1, 5), np.float32), target=SUM_INPUTS["target"])
    with pytest.raises(DeviceError, match="failed"):
        found.run(image=np.zeros((1, 2)))
    assert found.has_failed
    assert capfd.readouterr() == ("", "")


def test_a_failing_kernel_is_a_device_error_and_prints_nothing(cpu, capfd):
    graph = new_graph("gather")
    x, index = add_input(graph, "x", (4,)), add_input(graph, "index", (1,), ir.DataType.INT64)
    add_output(graph, "y", Ops(graph).emit("Gather", [x, index])[0])
    found = Session(finish(graph), cpu)
    with pytest.raises(DeviceError, match=r"device cpu failed: .*Gather"):
        found.run(x=np.zeros(4, np.float32), index=np.array([9]))
    assert capfd.readouterr() == ("", "")
    assert found.run(index=np.array([3]))["y"] == 0


def test_what_core_ml_compiles_is_kept_under_the_models_own_key(cpu, monkeypatch):
    """Core ML's default key is made of names alone, the same for every size and weight."""
    asked = []

    def create(data, options, *, device):
        found = onnx.load_from_string(data)
        asked.append({entry.key: entry.value for entry in found.metadata_props})
        return real(data, options, device=cpu)

    real = session.create_session
    monkeypatch.setattr(session, "create_session", create)
    models = [matrix_product(1024)[0] for _ in range(3)]
    weight = models[2].graph.initializers["weight"]
    weight.const_value = ir.Tensor(weight.const_value.numpy() * 2, name="weight")
    for model in models:
        Session(model, replace(cpu, cache_key="COREML_CACHE_KEY"))
    keys = [entry["COREML_CACHE_KEY"] for entry in asked]
    assert keys[0] == keys[1] != keys[2]
    assert all(len(key) == 64 and key.isalnum() for key in keys)
    Session(sums(), cpu)
    assert not asked[-1]


def test_a_closed_session_can_not_run(cpu):
    found = Session(sums(), cpu)
    found.run(**SUM_INPUTS)
    found.close()
    with pytest.raises(DeviceError):
        found.run()


@pytest.mark.parametrize(("allowed", "number"), [(range(8), 0), ([2, 3, 7], 3)])
def test_a_session_takes_no_more_threads_than_allowed(cpu, monkeypatch, allowed, number):
    import onnxruntime

    monkeypatch.delenv(threads.LIMIT, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(threads, "_control_group_quota", lambda total: total)
    asked = []

    class Options(onnxruntime.SessionOptions):
        def __setattr__(self, name, value):
            if name == "intra_op_num_threads":
                asked.append(value)
                value = 1
            super().__setattr__(name, value)

    monkeypatch.setattr(onnxruntime, "SessionOptions", Options)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(allowed), raising=False)
    np.testing.assert_array_equal(Session(sums(), cpu).run(**SUM_INPUTS)["sum"], [[4, 4]])
    assert asked == [number]
