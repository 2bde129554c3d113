"""`python -m ortstyle`, for where the script is not on the path."""

from ortstyle.cli.main import main

main()
