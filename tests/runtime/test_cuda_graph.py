"""Sessions that replay a CUDA graph, run on the processor under the name of another device."""

from dataclasses import replace

import numpy as np
import pytest
from networks import anchor

from ortstyle.errors import DeviceError, OutOfMemoryError
from ortstyle.graph.network import Network
from ortstyle.objective.whole import WholeObjective
from ortstyle.run import descent
from ortstyle.run.descent import Descent
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.cuda_graph import CudaGraphSession
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session

SHAPE = (1, 3, 24, 32)


@pytest.fixture
def device(monkeypatch):
    """Return a device with a `cuda_graph_option`, which is removed before the processor sees it."""
    real = Session.__init__

    def without_option(self, model, device, **more):
        options = {k: v for k, v in device.options.items() if k != "record"}
        real(self, model, replace(device, options=options), **more)

    monkeypatch.setattr(Session, "__init__", without_option)
    return replace(find_device("cpu"), memory="cpu", cuda_graph_option="record", winograd=False)


def pictures(count):
    rng = np.random.default_rng(2)
    return [rng.uniform(0, 255, SHAPE).astype(np.float32) for _ in range(count)]


def make(tiny, tiny_settings, device, *, cache=None):
    content, style = pictures(2)
    settings = tiny_settings(spectral=0.5, history=4)
    network = Network.open(tiny)
    resident = descent.resident(device, settings)
    assert resident
    made = WholeObjective(
        network,
        content,
        styles=[style],
        settings=settings,
        device=device,
        resident=resident,
        cache=cache,
    ).open()
    return made, Descent(made, content, settings)


@pytest.mark.parametrize("option", ["", "record"])
def test_a_descent_by_replays_is_one_by_runs(monkeypatch, tiny, tiny_settings, device, option):
    made = []
    real = CudaGraphSession.__init__

    def counted(self, *given, **more):
        made.append(self)
        real(self, *given, **more)

    monkeypatch.setattr(CudaGraphSession, "__init__", counted)
    expected = make(tiny, tiny_settings, replace(device, cuda_graph_option=""))
    assert not made
    found = make(tiny, tiny_settings, replace(device, cuda_graph_option=option))
    assert len(made) == bool(option)
    for _ in range(8):
        one, other = (run.evaluate() for _, run in (expected, found))
        assert one.loss == other.loss
        assert one.terms == other.terms
    np.testing.assert_array_equal(expected[1].picture()(), found[1].picture()())
    for run, _ in (expected, found):
        run.close()
        run.close()


@pytest.mark.parametrize("spectral", [0.0, 0.5])
def test_a_recording_serves_the_frames_of_a_film(
    monkeypatch, tiny, tiny_settings, device, spectral
):
    """Targets and anchors of each frame are copied to where the replay reads them."""
    made = []
    real = CudaGraphSession.__init__

    def counted(self, *given, **more):
        made.append(self)
        real(self, *given, **more)

    monkeypatch.setattr(CudaGraphSession, "__init__", counted)
    network, settings = Network.open(tiny), tiny_settings(spectral=spectral, history=4)
    style, *frames = pictures(4)

    def film(cache):
        found = []
        for k, content in enumerate(frames):
            with WholeObjective(
                network,
                content,
                styles=[style if k < 2 else frames[0]],
                settings=settings,
                device=device,
                resident=True,
                anchor=anchor(*SHAPE[2:], seed=k),
                cache=cache,
            ) as objective:
                run = Descent(objective, content, settings)
                found += [run.evaluate() for _ in range(4)]
        return [(each.loss, dict(each.terms)) for each in found]

    expected = film(None)
    assert len(made) == 3
    with Cache(devices=True) as cache:
        assert film(cache) == expected
        assert len(made) == 4
        assert "_session" in vars(made[3]._recorded)
    assert "_session" not in vars(made[3]._recorded), "the cache closes it"


def test_a_recording_takes_numbers_of_the_right_form_alone(tiny, tiny_settings, device):
    objective, _ = make(tiny, tiny_settings, device)
    session = objective._session
    assert isinstance(session, CudaGraphSession)
    name = next(name for name in session.shapes if name.startswith("style."))
    for array in (np.zeros((1, 2), np.float32), np.zeros(session.shapes[name])):
        with pytest.raises(DeviceError, match=f"input {name} is float"):
            session.bind(name, array)


def test_a_recording_that_has_failed_is_not_used_again(monkeypatch, tiny, tiny_settings, device):
    with Cache(devices=True) as cache:
        objective, _ = make(tiny, tiny_settings, device, cache=cache)
        session = objective._session
        assert not session.has_failed
        with pytest.raises(DeviceError):
            objective(np.zeros((1, 3, 5, 5), np.float32))
        assert session.has_failed
        objective.close()
        assert cache.bytes == 0
        assert "_session" not in vars(session._recorded)


def test_what_a_run_gave_stays_as_it_was(tiny, tiny_settings, device):
    run, _ = make(tiny, tiny_settings, device)
    a, b = pictures(2)
    first = run(a)
    kept = first.gradient.numpy().copy()
    assert abs(kept).max() > 0
    assert (run(b).gradient.numpy() != kept).any()
    np.testing.assert_array_equal(first.gradient.numpy(), kept)


def test_the_option_goes_to_what_is_replayed_and_to_nothing_else(monkeypatch, tiny, tiny_settings):
    given = []
    real = Session.__init__

    def watched(self, model, device, **more):
        given.append(device.options)
        real(self, model, replace(device, options={}), **more)

    monkeypatch.setattr(Session, "__init__", watched)
    device = replace(find_device("cpu"), memory="cpu", cuda_graph_option="record", winograd=False)
    make(tiny, tiny_settings, device)
    assert [options.get("record") for options in given].count("1") == 1


@pytest.mark.parametrize("where", ["__init__", "run"])
def test_a_device_that_fails_to_record_runs_kernel_by_kernel(
    monkeypatch, tiny, tiny_settings, device, where
):
    def fail(self, *given, **more):
        raise DeviceError("operation not permitted when stream is capturing")

    monkeypatch.setattr(CudaGraphSession, where, fail)
    run, at = make(tiny, tiny_settings, device)
    assert run.notice == (
        "each evaluation takes longer, as no CUDA graph can be recorded: "
        "operation not permitted when stream is capturing"
    )
    first = at.evaluate().loss
    assert min(at.evaluate().loss for _ in range(5)) < first
    run.close()


def test_want_of_memory_is_said_not_hidden(monkeypatch, tiny, tiny_settings, device):
    def fail(self, *given, **more):
        raise OutOfMemoryError("out of memory")

    monkeypatch.setattr(CudaGraphSession, "run", fail)
    with pytest.raises(OutOfMemoryError):
        make(tiny, tiny_settings, device)
