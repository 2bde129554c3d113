"""Precisions: what "auto" stands for, the options of providers, and what is refused."""

import pytest

from ortstyle.errors import DeviceError
from ortstyle.runtime.devices import DEVICES
from ortstyle.runtime.precision import resolve_precision, with_precision


def test_core_ml_stays_in_32_bits():
    """Core ML's comparisons by arithmetic would leave the range of float16."""
    coreml = next(device for device in DEVICES if device.name == "coreml")
    with pytest.raises(DeviceError, match="coreml has no float16"):
        with_precision(coreml, "float16")


@pytest.mark.parametrize(
    ("precision", "tf32"), [("auto", "1"), ("tf32", "1"), ("float32", "0"), ("float16", "1")]
)
def test_cuda_is_told_the_precision(precision, tf32):
    cuda = next(device for device in DEVICES if device.name == "cuda")
    assert with_precision(cuda, precision).options["use_tf32"] == tf32


def test_auto_is_tf32_on_cuda_and_float32_elsewhere():
    found = {d.name: resolve_precision(d, "auto") for d in DEVICES}
    assert found.pop("cuda") == "tf32"
    assert set(found.values()) == {"float32"}
    assert resolve_precision(DEVICES[0], "float16") == "float16"
