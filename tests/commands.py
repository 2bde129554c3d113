"""Commands run as a user runs them."""

import os
import sys
from importlib.util import find_spec

import pytest

RUN = [sys.executable, "-W", "error", "-c", "from ortstyle.cli.main import main; main()"]
ENVIRONMENT = os.environ | {"COLUMNS": "200", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
needs_runtime = pytest.mark.skipif(not find_spec("onnxruntime"), reason="needs ONNX Runtime")
