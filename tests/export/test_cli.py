"""The command line, and the ways to start it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import onnx
import pytest
import vgg19
from typer.testing import CliRunner
from vgg19.cli import app
from vgg19.weights import NOT_STATED

PACKAGE = Path(vgg19.__file__).parent


def test_command_line(safetensors_file, tmp_path):
    output = tmp_path / "vgg19.onnx"
    arguments = [str(safetensors_file), str(output), "--float32", "--preprocessing", "caffe"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "conv5_4  relative error 0.00e+00" in result.output
    assert hashlib.sha256(output.read_bytes()).hexdigest() in result.output
    notes = {entry.key: entry.value for entry in onnx.load(output).metadata_props}
    assert notes["sha256"] == hashlib.sha256(safetensors_file.read_bytes()).hexdigest()
    assert json.loads(notes["preprocessing"])["order"] == "BGR"
    assert notes["license"] == NOT_STATED


@pytest.mark.parametrize(
    ("start", "folder"),
    [
        ([str(PACKAGE)], None),
        (["export/vgg19"], PACKAGE.parents[1]),
        (["."], PACKAGE),
        (["-m", "vgg19"], PACKAGE.parent),
    ],
)
def test_errors_are_one_line_however_it_is_started(tmp_path, start, folder):
    source = tmp_path / "weights.h5"
    source.write_text("hello")
    command = [sys.executable, *start, str(source), str(tmp_path / "out.onnx")]
    result = subprocess.run(
        command, cwd=folder or tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: {source} is damaged or not in a format known here")
    assert result.stderr.count("\n") == 1
