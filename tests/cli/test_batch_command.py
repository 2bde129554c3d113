"""What a command line says about a batch, and what it must not say together."""

from pathlib import Path

import pytest

from ortstyle.cli.batch_command import BatchCommand, parse_devices, parse_resources
from ortstyle.errors import SettingsError


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"manifest": Path("jobs.csv")}, "--manifest lists the contents; leave CONTENT out"),
        ({"contents": ()}, "name the contents"),
        ({"styles": ()}, "--style is missing"),
        ({"is_shared": True}, "--shared and --resources are for a cluster"),
        ({"resources": {"GPU": 1}}, "--shared and --resources are for a cluster"),
        ({"scheduler": "a:1", "devices": ("cpu", "cuda")}, "each worker of a cluster has one"),
    ],
)
def test_what_contradicts_itself(changes, words):
    known = {"contents": ("a.jpg",), "styles": ("s.jpg",), "folder": Path("out")}
    BatchCommand(**known)
    with pytest.raises(SettingsError, match=words):
        BatchCommand(**known | changes)


def test_a_manifest_needs_no_styles():
    assert BatchCommand(contents=(), styles=(), folder=Path("out"), manifest=Path("jobs.csv"))


@pytest.mark.parametrize(
    ("text", "names"),
    [("auto", ("auto",)), ("cuda:0, cuda:1", ("cuda:0", "cuda:1")), ("cpu,cpu", ("cpu", "cpu"))],
)
def test_devices(text, names):
    assert parse_devices(text) == names


@pytest.mark.parametrize("text", ["", "cpu,", ",", "cpu, ,cpu"])
def test_a_device_without_a_name(text):
    with pytest.raises(SettingsError, match="has an empty name"):
        parse_devices(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("GPU=1", {"GPU": 1.0}),
        ("GPU=1, RAM=2e9", {"GPU": 1.0, "RAM": 2e9}),
        ("GPU=0.5 FPGA=2", {"GPU": 0.5, "FPGA": 2.0}),
    ],
)
def test_resources(text, found):
    assert parse_resources(text) == found


@pytest.mark.parametrize("text", ["GPU", "GPU=", "=1", "GPU=many", "GPU=0", "GPU=-1", "GPU=inf"])
def test_resources_of_another_form(text):
    with pytest.raises(SettingsError, match="is not a name and an amount; write GPU=1"):
        parse_resources(text)
