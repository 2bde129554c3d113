"""What a command must not load, so that it answers at once."""

import subprocess
import sys

import pytest

#: Modules that take long to load.
HEAVY = {"PIL", "numpy", "onnx", "onnx.reference", "onnx_ir", "onnxruntime", "sympy", "tifffile"}
#: What graphs take, which `plan` builds; it runs none.
GRAPHS = {"PIL", "numpy", "onnx", "onnx_ir", "sympy"}

_LOADED = f"""
import sys
from ortstyle.cli.main import main
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
finally:
    print(*({HEAVY} & set(sys.modules)), file=sys.stderr)
"""


def loaded_by(*arguments):
    """Return the modules of `HEAVY` that a command loads, which must succeed."""
    command = [sys.executable, "-c", _LOADED, *map(str, arguments)]
    return set(subprocess.run(command, capture_output=True, check=True).stderr.decode().split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["presets"],
        ["presets", "neural-style"],
        *(
            [command, "--help"]
            for command in (
                "render",
                "studio",
                "video",
                "resume",
                "demo",
                "sheet",
                "plan",
                "devices",
                "web",
            )
        ),
    ],
    ids=" ".join,
)
def test_a_command_that_needs_no_picture_loads_nothing_heavy(arguments):
    assert loaded_by(*arguments) == set()


def test_plan_loads_neither_what_runs_graphs_nor_what_decodes_pictures(folder, network):
    found = loaded_by("plan", "photo.png", "painting.png", *network, "--size", 128)
    assert "onnx_ir" in found
    assert found <= GRAPHS
