"""A device is verified with the losses of the run, and "auto" gives way to float32."""

from dataclasses import replace

import pytest

from ortstyle.errors import DeviceError
from ortstyle.graph.network import Network
from ortstyle.packaged import packaged_path
from ortstyle.run import probe, verification
from ortstyle.run.probe import ProbeResult
from ortstyle.run.verification import verify_device, with_verified_precision
from ortstyle.runtime.devices import DEVICES, Device
from ortstyle.settings.settings import Settings
from ortstyle.settings.value_types import style_loss_names

GHOST = Device("ghost", "GhostProvider", "", "ghosts")
CPU = next(device for device in DEVICES if device.is_processor)


@pytest.fixture(scope="module")
def network():
    return Network.open(packaged_path("models", "vgg19.onnx"))


@pytest.fixture
def probed(monkeypatch):
    """Record the settings of each probe; TF32 is off with the Wasserstein loss."""
    found = []

    def result(device, network, *, settings):
        found.append(settings)
        off = settings.precision == "tf32" and settings.style_loss == "wasserstein"
        return ProbeResult(0.5 if off else 0.0, 0.1, 0.1)

    monkeypatch.setattr(probe, "probe_device", result)
    monkeypatch.setattr(verification, "_verified", set())
    return found


@pytest.mark.parametrize("style_loss", style_loss_names())
@pytest.mark.parametrize("precision", ["float32", "tf32", "float16"])
def test_a_device_is_verified_with_what_the_run_computes(network, probed, style_loss, precision):
    given = {"style_loss": style_loss, "pooling": "l2", "padding": "reflect", "tv": "l2"}
    settings = Settings(**given, equalize=False, precision=precision)
    if (style_loss, precision) == ("wasserstein", "tf32"):
        with pytest.raises(DeviceError, match=r"ghost can't be trusted with tf32 of \S*vgg19"):
            verify_device(GHOST, network, settings=settings)
    else:
        verify_device(GHOST, network, settings=settings)
    (found,) = probed
    assert {name: getattr(found, name) for name in given} == given
    assert (found.precision, found.equalize) == (precision, False)


def test_what_has_passed_is_not_verified_again(network, probed):
    for size in (64, 512):
        verify_device(GHOST, network, settings=Settings(size=size, precision="float32"))
    assert len(probed) == 1
    verify_device(GHOST, network, settings=Settings(style_loss="gram", precision="float32"))
    verify_device(replace(GHOST, name="other"), network, settings=Settings(precision="float32"))
    assert len(probed) == 3


def test_the_processor_is_its_own_measure(network, probed):
    verify_device(CPU, network, settings=Settings(precision="float32"))
    assert not probed
    verify_device(CPU, network, settings=Settings(precision="float16"))
    assert len(probed) == 1


def test_auto_gives_way_to_float32_and_says_so(network, probed):
    settings = Settings(style_loss="wasserstein", precision="tf32")
    found, notice = with_verified_precision(GHOST, network, settings, is_automatic=True)
    assert found == replace(settings, precision="float32")
    assert notice.startswith("computing in float32, because device ghost can't be trusted with tf")
    assert "off by 5.0e-01" in notice
    with pytest.raises(DeviceError, match="can't be trusted with tf32"):
        with_verified_precision(GHOST, network, settings, is_automatic=False)
    usual = Settings(precision="tf32")
    assert with_verified_precision(GHOST, network, usual, is_automatic=True) == (usual, "")


def test_a_device_that_is_off_in_float32_too_is_refused(network, monkeypatch):
    monkeypatch.setattr(probe, "probe_device", lambda *_, **__: ProbeResult(0.5, 0.1, 0.1))
    with pytest.raises(DeviceError, match=r"ghost can't be trusted with \S*vgg19.onnx: its"):
        with_verified_precision(GHOST, network, Settings(precision="tf32"), is_automatic=True)


def test_a_network_is_known_by_its_hash_not_by_its_path(network, probed, tmp_path):
    first, second = tmp_path / "a.onnx", tmp_path / "b.onnx"
    usual = Settings(precision="float32")
    for path, sha256 in ((first, "1"), (second, "1"), (first, "2")):
        settings = replace(usual, model=str(path))
        verify_device(GHOST, replace(network, path=path, sha256=sha256), settings=settings)
    assert [each.model for each in probed] == [str(first), str(first)]
