"""The probe of devices, the choice of "auto", and runs on every device that is ready.

ORTSTYLE_DEVICE names a device that must be tested, not skipped where it is missing.
"""

import os
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from networks import anchor

from ortstyle.errors import DeviceError, SettingsError
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.optim.optimizer import Stop
from ortstyle.run import probe
from ortstyle.run.probe import ProbeResult, check_device, choose_device
from ortstyle.run.stylize import stylize
from ortstyle.runtime import device_lookup, devices, ort_session
from ortstyle.runtime.availability import why_unavailable
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.devices import Device
from ortstyle.runtime.ort_session import unsupported_nodes
from ortstyle.runtime.session import Session
from ortstyle.settings.settings import Settings

pytest.importorskip("onnxruntime")

GHOST = Device("ghost", "GhostProvider", "", "ghosts", plugin="ghost_plugin")
GOOD = ProbeResult(1e-6, 0.1, 0.2)


@pytest.fixture
def cpu():
    return find_device("cpu")


@pytest.fixture
def ready(monkeypatch, cpu):
    """Let "auto" have two devices before the processor."""
    rows = [Device(name, f"{name}Provider", "", f"{name}s") for name in ("fast", "slow")]
    monkeypatch.setattr(device_lookup, "automatic_devices", lambda: [*rows, cpu])
    monkeypatch.setattr(probe, "working_seconds", lambda *_, device: 2.0 if device is cpu else 1.0)
    return rows


def test_the_processor_agrees_with_itself(cpu):
    found = probe.probe_device(cpu)
    assert found.gradient_error == 0
    assert found.fault is None
    assert found.seconds > 0
    assert found.processor_seconds > 0


def test_a_device_that_can_not_be_opened_is_an_error():
    with pytest.raises(DeviceError, match="ghost_plugin can't be loaded"):
        probe.probe_device(GHOST)
    assert "ghost_plugin can't be loaded" in check_device(GHOST)["fault"]


def test_a_wrong_gradient_is_a_fault(monkeypatch, cpu):
    """The device's gradient is that of another graph, as if a kernel left masks out."""
    real, count = probe.WholeObjective.__call__, []

    def wrong(self, image):
        count.append(1)
        found = real(self, image)
        if len(count) % 8 in (5, 6, 7, 0):  # the device's; the processor's come first
            found.gradient[..., 0] *= 1.1
        return found

    monkeypatch.setattr(probe.WholeObjective, "__call__", wrong)
    found = probe.probe_device(cpu)
    assert probe.GRADIENT_TOLERANCE < found.gradient_error < 0.1
    assert found.fault == f"its gradient is off by {found.gradient_error:.1e}"
    assert check_device(cpu)["fault"]


@pytest.mark.usefixtures("overwriting")
def test_a_device_whose_loop_goes_another_way_is_a_fault(cpu):
    """The device's gradient is right, but the optimiser's copy of it is wrong."""
    device = replace(cpu, memory="cpu")
    found = probe.probe_device(device)
    assert found.gradient_error == 0
    assert found.loop_error > 10 * probe.LOOP_TOLERANCE
    assert found.fault == (f"its optimisation is wrong: losses are off by {found.loop_error:.1e}")
    assert "optimisation is wrong" in check_device(device)["fault"]


@pytest.mark.usefixtures("overwriting")
def test_auto_passes_over_a_device_whose_loop_goes_another_way(monkeypatch, cpu):
    fast = replace(cpu, name="fast", memory="cpu")
    monkeypatch.setattr(device_lookup, "automatic_devices", lambda: [fast, cpu])
    said = []
    assert choose_device("auto", said.append) is cpu
    assert said[0].startswith("not running on fast: its optimisation is wrong: losses are off by ")


def test_the_loop_in_a_devices_memory_passes(cpu):
    assert 0 < probe.probe_device(replace(cpu, memory="cpu")).loop_error < 1e-4


def test_a_loop_that_stops_early_is_a_fault(monkeypatch, cpu):
    real, runs = probe.Descent, []

    def stopping(objective, start, settings):
        runs.append(settings)
        made = real(objective, start, settings)
        if len(runs) == 2:
            made.optimizer.stop = Stop.NOT_FINITE
        return made

    monkeypatch.setattr(probe, "Descent", stopping)
    assert probe.probe_device(replace(cpu, memory="cpu")).loop_error == np.inf


@pytest.mark.parametrize("error", [float("nan"), float("inf"), 1e-1])
def test_no_loop_passes_whose_error_is_not_small(error):
    assert ProbeResult(0.0, 0.1, 0.1, error).fault


@pytest.mark.parametrize("error", [float("nan"), float("inf"), 1e-2])
def test_no_number_passes_that_is_not_small(error):
    assert ProbeResult(error, 0.1, 0.1).fault


def test_auto_takes_the_first_that_passes_and_says_so(monkeypatch, ready):
    monkeypatch.setattr(probe, "probe_device", lambda _: GOOD)
    said = []
    assert choose_device("auto", said.append) is ready[0]
    assert said == ["running on fast, fasts"]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (ProbeResult(0.5, 0.1, 0.2), "its gradient is off by 5.0e-01"),
        (ProbeResult(1e-6, 7.0, 0.2), "slower than the processor"),
        (DeviceError("no driver"), "no driver"),
    ],
)
def test_auto_passes_over_a_device_with_a_fault_and_says_why(monkeypatch, ready, found, reason):
    def result(device):
        if device.name == "slow":
            return GOOD
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(probe, "probe_device", result)
    said = []
    assert choose_device("auto", said.append) is ready[1]
    assert said == [f"not running on fast: {reason}", "running on slow, slows"]


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_auto_compares_the_time_of_a_picture_at_which_work_counts(monkeypatch, ready, cpu, seconds):
    """At the small size a device is slower because of the launches of its kernels."""
    monkeypatch.setattr(probe, "probe_device", lambda _: ProbeResult(1e-6, 0.3, 0.2))
    times = {"fast": seconds, "slow": 3.0, "cpu": 2.0}
    monkeypatch.setattr(probe, "working_seconds", lambda *_, device: times[device.name])
    assert choose_device("auto").name == ("fast" if seconds < 2 else "cpu")


def test_auto_passes_over_a_device_that_fails_at_the_larger_size(monkeypatch, ready):
    def seconds(*_, device):
        if device.name == "fast":
            raise DeviceError("device fast is out of memory")
        return 1.0 if device.name == "slow" else 2.0

    monkeypatch.setattr(probe, "probe_device", lambda _: ProbeResult(1e-6, 0.3, 0.2))
    monkeypatch.setattr(probe, "working_seconds", seconds)
    said = []
    assert choose_device("auto", said.append) is ready[1]
    assert said[0] == "not running on fast: device fast is out of memory"


def test_auto_evaluates_no_larger_picture_on_a_device_that_takes_for_ever(monkeypatch, ready, cpu):
    monkeypatch.setattr(probe, "probe_device", lambda _: ProbeResult(1e-6, 7.0, 0.2))
    monkeypatch.setattr(probe, "working_seconds", lambda *_, **__: pytest.fail("too slow"))
    assert choose_device("auto") is cpu


def test_auto_ends_at_the_processor_without_probing_it(monkeypatch, ready, cpu):
    monkeypatch.setattr(probe, "probe_device", lambda _: ProbeResult(1.0, 1.0, 1.0))
    assert choose_device() is cpu


def test_a_device_asked_for_by_name_is_never_replaced(monkeypatch, ready):
    monkeypatch.setattr(probe, "probe_device", lambda _: pytest.fail("nobody asked"))
    with pytest.raises(DeviceError, match="device cuda"):
        choose_device("cuda:1")
    with pytest.raises(SettingsError, match="'cudda' is unknown"):
        choose_device("cudda")


@pytest.fixture
def without_dxcore(monkeypatch):
    """Return a row for several adapters, on a system that can't tell which is the fastest."""
    row = Device(
        "fast",
        "CPUExecutionProvider",
        "",
        "adapters",
        options=MappingProxyType({"performance_preference": "high_performance"}),
        number_option="device_id",
        fastest_option="performance_preference",
    )
    opened = []

    def create(data, options, *, device):
        opened.append(device)
        if "performance_preference" in device.options:
            raise DeviceError("device fast can't run the graph: DXCore is not available")

    monkeypatch.setattr(ort_session, "create_session", create)
    monkeypatch.setattr(devices, "DEVICES", (row, *devices.DEVICES))
    return row, opened


def test_where_nobody_knows_the_fastest_adapter_the_first_is_taken_and_said(without_dxcore):
    said = []
    found = choose_device("fast", said.append)
    assert (found.name, dict(found.options)) == ("fast:0", {"device_id": "0"})
    (line,) = said
    assert line == (
        "running on fast:0: this system can't tell which adapter is the fastest; "
        "--device fast:1 takes the next one"
    )


def test_an_adapter_that_was_asked_for_is_taken_without_a_word(without_dxcore):
    _, opened = without_dxcore
    said = []
    assert choose_device("fast:1", said.append).options == {"device_id": "1"}
    assert not said
    assert not opened


def test_auto_and_check_take_the_first_adapter_too(monkeypatch, without_dxcore, cpu):
    row, _ = without_dxcore
    monkeypatch.setattr(probe, "probe_device", lambda _: GOOD)
    monkeypatch.setattr(probe, "working_seconds", lambda *_, **__: 1.0)
    monkeypatch.setattr(device_lookup, "automatic_devices", lambda: [row, cpu])
    said = []
    assert choose_device("auto", said.append).name == "fast:0"
    assert said == ["running on fast:0, adapters"]
    assert check_device(row)["opened"] == "fast:0"


def test_other_errors_of_an_adapter_are_left_to_its_use(monkeypatch, without_dxcore):
    row, _ = without_dxcore

    def create(*_, **__):
        raise DeviceError("no driver")

    monkeypatch.setattr(ort_session, "create_session", create)
    assert choose_device("fast") is row


# devices that are ready


@pytest.fixture(scope="module")
def device():
    """Return the device that ORTSTYLE_DEVICE names, or the first that is not the processor."""
    name = os.environ.get("ORTSTYLE_DEVICE")
    if name:
        return find_device(name)
    others = (row for row in devices.DEVICES if not row.is_processor)
    ready = next((row for row in others if why_unavailable(row) is None), None)
    return ready or pytest.skip("no device beside the processor is ready")


@pytest.mark.device
def test_a_device_computes_the_processors_gradient(device):
    found = probe.probe_device(device)
    assert found.fault is None
    assert 0 < found.gradient_error < 1e-4


PUBLISHED = {
    "content_weight": 5.0,
    "style_weight": 400.0,
    "equalize": False,
    "style_loss": "gram",
    "tv_weight": 8e-2,
    "tv": "sum",
    "padding": "zero",
}


@pytest.mark.device
@pytest.mark.parametrize("held", [None, anchor(24, 32)], ids=["free", "anchored"])
@pytest.mark.parametrize("changes", [PUBLISHED, {}], ids=["published", "default"])
def test_a_device_paints_the_processors_picture(device, photo, painting, changes, held):
    settings = Settings(
        **changes,
        size=32,
        iterations=3,
        content_layers=(("relu2_1", 1.0),),
        style_layers=(("relu1_1", 1.0), ("relu2_1", 1.0)),
        optimizer="adam",  # which does not amplify rounding
        precision="float32",
    )
    losses, pictures = [], []
    for chosen in (device, find_device("cpu")):
        iterates = list(stylize(photo, painting, settings, device=chosen, anchor=held))
        losses.append([iterate.loss for iterate in iterates])
        pictures.append(np.asarray(iterates[-1].image, float))
    np.testing.assert_allclose(*losses, rtol=1e-3)
    assert abs(pictures[0] - pictures[1]).mean() < 1
    if changes:  # a distance relative to so loud a painting takes more than three steps
        assert losses[0][-1] < 0.9 * losses[0][0]


@pytest.mark.device
def test_a_network_is_computed_as_the_processor_does_or_refused(
    device, photo, painting, tiny_settings
):
    """The tiny network has a convolution of 6 channels, which some WebGPU kernels get wrong."""
    try:
        found = next(stylize(photo, painting, tiny_settings(), device=device)).loss
    except DeviceError as error:
        assert "tiny.onnx: its gradient is off by" in str(error)  # noqa: PT017  either is right
    else:
        expected = next(stylize(photo, painting, tiny_settings(), device="cpu")).loss
        assert found == pytest.approx(expected, rel=1e-4)


def test_a_network_that_a_device_computes_wrongly_is_refused(
    monkeypatch, photo, painting, tiny_settings
):
    monkeypatch.setattr(probe, "probe_device", lambda *_, **__: ProbeResult(0.5, 0.1, 0.2))
    with pytest.raises(DeviceError, match=r"ghost can't be trusted with .*tiny.onnx: its gradient"):
        stylize(photo, painting, tiny_settings(), device=GHOST)
    stylize(photo, painting, tiny_settings(), device="cpu")


@pytest.mark.device
def test_a_device_refuses_what_it_can_not_run_wholly(device):
    """Only the processor has kernels for strings."""
    graph = new_graph("test")
    x = add_input(graph, "x", (2, 3))
    ops = Ops(graph)
    text = ops.emit("Cast", [ops.relu(x)], {"to": 8})[0]
    add_output(graph, "y", ops.emit("Cast", [text], {"to": 1})[0])
    model = finish(graph)
    assert any("Cast" in node for node in unsupported_nodes(model, device))
    with pytest.raises(
        DeviceError, match=rf"{device.name} would leave \d nodes .*: Cast node_Cast"
    ):
        Session(model, device)
