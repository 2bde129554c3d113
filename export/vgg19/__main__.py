"""Start the command line, for ``python export/vgg19`` from any folder and ``python -m vgg19``."""

import sys
from pathlib import Path

if not __package__:  # run by its path, Python looks for modules in this folder, not in its parent
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from vgg19.cli import app

app()
