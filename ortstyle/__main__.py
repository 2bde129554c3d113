"""Run the command line as ``python -m ortstyle``, where the ``ortstyle`` script isn't on PATH."""

from ortstyle.cli.main import main

main()
