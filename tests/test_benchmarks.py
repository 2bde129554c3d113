"""The benchmarks name things in ortstyle that exist."""

from importlib import import_module
from pathlib import Path

import pytest

NAMES = sorted(path.stem for path in (Path(__file__).parents[1] / "benchmarks").glob("*.py"))
NEEDS = {
    "cluster_batch": "psutil",
    "curve": "torch",
    "killed_batch": "psutil",
    "reference": "torch",
    "resident": "psutil",
    "studio": "psutil",
    "studio_samples": "psutil",
    "studio_soak": "psutil",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_can_be_imported(name):
    pytest.importorskip("onnxruntime")
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"needs {NEEDS[name]}, of the extra benchmark")
    import_module(name)
