"""The table of devices."""

import pytest

from ortstyle.runtime.devices import DEVICES


def row_of(name):
    return next(device for device in DEVICES if device.name == name)


def test_the_table_has_no_name_twice():
    names = [device.name for device in DEVICES]
    assert len(set(names)) == len(names)
    assert "auto" not in names


def test_the_table_is_read_only():
    with pytest.raises(TypeError):
        row_of("cuda").options["use_tf32"] = "1"


def test_only_coreml_chooses_by_arithmetic():
    assert [device.name for device in DEVICES if device.comparisons == "arithmetic"] == ["coreml"]


@pytest.mark.parametrize("device", DEVICES, ids=lambda device: device.name)
def test_a_column_that_switches_an_option_names_one_that_is_given(device):
    for option in (device.fastest_option, device.tf32_option):
        assert not option or option in device.options
    assert bool(device.cache_option) == bool(device.cache_key)
    assert not device.kind_option or device.kind


def test_a_numbered_device_keeps_everything_but_the_fastest():
    first = row_of("directml").numbered(1)
    assert (first.name, first.number, dict(first.options)) == ("directml:1", 1, {"device_id": "1"})
    assert row_of("directml").number == 0
    with pytest.raises(TypeError):
        first.options["device_id"] = "2"
