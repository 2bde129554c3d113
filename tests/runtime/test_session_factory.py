"""Session factories: what the sessions of an objective share."""

from dataclasses import replace

import numpy as np
import pytest
from small_models import SUM_INPUTS, sums

from ortstyle.errors import DeviceError
from ortstyle.graph.network import Network
from ortstyle.graph.ops import Ops, add_input, add_output, finish, new_graph
from ortstyle.graph.rewrites import winograd
from ortstyle.runtime.cache import Cache
from ortstyle.runtime.device_lookup import find_device
from ortstyle.runtime.session import Session
from ortstyle.runtime.session_factory import SessionFactory
from ortstyle.settings.settings import Settings

pytest.importorskip("onnxruntime")


@pytest.fixture
def cpu():
    return find_device("cpu")


def convolution():
    """Make a model of one convolution, large enough to be rewritten."""
    rng = np.random.default_rng(0)
    graph = new_graph("convolution")
    ops = Ops(graph)
    kernel = ops.constant(rng.normal(size=(192, 192, 3, 3)).astype(np.float32), "kernel")
    image = add_input(graph, "image", (1, 192, 48, 48))
    add_output(graph, "y", ops.emit("Conv", [image, kernel], {"pads": [1, 1, 1, 1]})[0])
    return finish(graph)


def test_a_factory_tells_its_device_and_settings(cpu):
    settings = Settings()
    factory = SessionFactory(cpu, settings)
    assert factory.device is cpu
    assert factory.settings is settings
    with factory.make(sums()) as session:
        np.testing.assert_array_equal(session.run(**SUM_INPUTS)["sum"], [[4, 4]])


def test_a_cache_is_used_on_other_devices_only_if_it_is_for_them(cpu, tiny):
    network, other = Network.open(tiny), replace(cpu, provider="Ghost")
    assert not other.is_processor
    for devices in (False, True):
        with Cache(devices=devices) as cache:
            given = {"cache": cache, "network": network}
            assert SessionFactory(cpu, Settings(), **given).cache is cache
            assert SessionFactory(other, Settings(), **given).cache is (cache if devices else None)


def test_a_session_on_a_device_closes_those_of_other_sizes_before_it_is_made(
    cpu, tiny, monkeypatch
):
    """The processor stands in for the device; its own sessions of any size stay."""
    other = replace(cpu, provider="Ghost", winograd=False)
    real, network = Session.__init__, Network.open(tiny)
    open_then = []

    def watched(self, model, device, **more):
        open_then.append([key for key in ("small", "also small", "here") if key in cache])
        real(self, model, cpu, **more)

    monkeypatch.setattr(Session, "__init__", watched)
    with Cache(devices=True) as cache:
        given = {"cache": cache, "network": network}
        here, there = (SessionFactory(device, Settings(), **given) for device in (cpu, other))
        here.put("here", here.make(sums(), size=(1, 1)), size=(1, 1))
        for key in ("small", "also small"):
            there.put(key, there.make(sums(), size=(4, 6)), size=(4, 6))
        larger = there.make(sums(), size=(8, 12))
        there.put("larger", larger, size=(8, 12))
        assert open_then == [[], ["here"], ["small", "here"], ["here"]]
        assert there.take("larger") is larger
        larger.close()


def test_two_sessions_share_one_transformed_kernel_until_the_factory_closes(cpu):
    image = np.random.default_rng(1).normal(size=(1, 192, 48, 48)).astype(np.float32)
    plain = SessionFactory(replace(cpu, winograd=False), Settings())
    with plain.make(convolution()) as session:
        expected = session.run(image=image)["y"]
        assert session.inputs == ["image"]
    factory = SessionFactory(cpu, Settings())
    first, second = factory.make(convolution()), factory.make(convolution())
    for session in (first, second):
        assert len(session.inputs) == 2, "the kernel is an input now, and bound"
        np.testing.assert_allclose(session.run(image=image)["y"], expected, atol=1e-2)
    assert len(factory._kernels) == 1
    factory.close()
    assert not factory._kernels
    for session in (first, second):
        session.close()


def test_the_cache_is_for_the_processor_and_networks_in_one_file(cpu, tiny):
    network = Network.open(tiny)

    def cache_of(device, network):
        return SessionFactory(device, Settings(), cache=cache, network=network).cache

    with Cache() as cache:
        assert cache_of(cpu, network) is cache
        assert cache_of(replace(cpu, provider="OtherExecutionProvider"), network) is None
        assert cache_of(cpu, replace(network, is_one_file=False)) is None
        assert cache_of(cpu, None) is None


def test_factories_with_a_cache_share_kernels_that_are_in_use(cpu, tiny, monkeypatch):
    transformed = []
    real = winograd._transform
    monkeypatch.setattr(winograd, "_transform", lambda *args: transformed.append(1) or real(*args))
    network = Network.open(tiny)
    with Cache() as cache:

        def factory():
            return SessionFactory(cpu, Settings(), cache=cache, network=network)

        for _ in range(2):
            made = factory()
            made.put(object(), made.make(convolution()))
            made.close()
        assert len(transformed) == 1
        cache.clear()
        factory().make(convolution()).close()
        assert len(transformed) == 2


def test_a_session_that_can_t_be_made_empties_the_cache(cpu, tiny, monkeypatch):
    with Cache() as cache:
        made = SessionFactory(cpu, Settings(), cache=cache, network=Network.open(tiny))
        made.put("sums", made.make(sums()))
        assert made.take("nothing") is None

        def fail(*_, **__):
            raise DeviceError("lost")

        monkeypatch.setattr(Session, "__init__", fail)
        with pytest.raises(DeviceError, match="lost"):
            made.make(sums())
        assert cache.bytes == 0


def test_the_training_engines_graphs_are_not_rewritten(cpu):
    factory = SessionFactory(cpu, Settings(engine="training"))
    with factory.make(convolution()) as session:
        assert session.inputs == ["image"]
