"""`ortstyle devices`, and what is said where ONNX Runtime is missing."""

import json
import sys

from commands import (
    PICTURES,
    needs_runtime,
    refusal_of,
    start_after,
)

from ortstyle.run import probe
from ortstyle.runtime import availability, devices, installation


@needs_runtime
def test_devices_are_listed(call):
    code, out, error = call("devices")
    assert (code, error) == (0, "")
    rows = [line.split("│")[1:3] for line in out.splitlines() if line.startswith("│")]
    listed = [name.strip() for name, _ in rows]  # Windows' console draws the heading's lines so too
    names = [name for name in listed if name not in ("", "device")]
    assert names == [d.name for d in devices.DEVICES]
    assert "ready" in next(line for line in out.splitlines() if line.startswith("│ cpu "))


def test_devices_are_listed_for_scripts(monkeypatch, call):
    reasons = {row.name: None if i else "it is out" for i, row in enumerate(devices.DEVICES)}
    monkeypatch.setattr(availability, "why_unavailable", lambda row: reasons[row.name])
    monkeypatch.setattr(installation, "onnxruntime_packages", lambda: ["onnxruntime"])
    code, out, error = call("devices", "--json")
    assert (code, error) == (0, "")
    assert json.loads(out) == {
        "devices": [
            {"name": row.name, "provider": row.provider, "missing": reasons[row.name]}
            for row in devices.DEVICES
        ],
        "onnxruntime": ["onnxruntime"],
    }


def test_two_onnx_runtimes_in_one_environment_are_reported(monkeypatch, call):
    monkeypatch.setattr(availability, "why_unavailable", lambda _: None)
    monkeypatch.setattr(
        installation, "onnxruntime_packages", lambda: ["onnxruntime", "onnxruntime-gpu"]
    )
    code, out, error = call("devices")
    assert (code, error) == (0, "")
    assert "2 packages overwrite each other's onnxruntime" in out
    assert "pip uninstall -y onnxruntime onnxruntime-gpu, then install" in " ".join(out.split())


@needs_runtime
def test_commands_stand_on_lines_of_their_own(monkeypatch, call):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(installation, "onnxruntime_packages", lambda: ["onnxruntime"])
    _, out, _ = call("devices")
    table, *advice = out.partition("to use ")
    assert "pip" not in table
    lines = "".join(advice).splitlines()
    start = lines.index("to use cuda:")
    needed = installation.requirements()["cuda"][0]
    assert lines[start + 1 : start + 3] == [
        "    pip uninstall -y onnxruntime",
        f'    pip install "{needed}"',
    ]
    assert not [line for line in lines if "ortstyle" in line]


@needs_runtime
def test_a_device_is_checked(call, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, error = call("devices", "cpu", "--check")
    assert (code, error) == (0, "")
    assert "gradient within 0e+00, losses within 0e+00" in " ".join(out.split())
    found = json.loads(call("devices", "cpu", "--check", "--json")[1])["devices"][0]
    assert (found["name"], found["missing"], found["fault"], found["error"]) == (
        "cpu",
        None,
        None,
        0,
    )


@needs_runtime
def test_a_device_that_fails_its_check_is_an_exit_code(call, monkeypatch):
    monkeypatch.setattr(probe, "GRADIENT_TOLERANCE", -1.0)
    code, out, error = call("devices", "cpu", "--check")
    assert (code, error) == (1, "")
    assert "its gradient is off by" in " ".join(out.split())
    assert call("devices", "--check")[0] == 0  # nobody asked for it by name


def test_without_onnx_runtime_it_says_what_to_install(folder, call, network, monkeypatch):
    monkeypatch.setattr(availability, "find_spec", lambda _: None)
    for options in ([], ["--device", "cpu"]):
        message = refusal_of(call, 1, "render", "photo.png", "painting.png", *network, *options)
        assert 'ONNX Runtime is missing; pip install "onnxruntime>=1.20"' in message
    code, out, _ = call("devices")
    assert code == 0
    assert 'pip install "onnxruntime>=1.20"' in out


def test_onnx_runtime_really_missing(folder, network):
    blocked = "import sys; sys.modules['onnxruntime'] = None; "
    result = start_after(blocked, "render", *PICTURES, *network)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert 'pip install "onnxruntime>=1.20"' in result.stderr
