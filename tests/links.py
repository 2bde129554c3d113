"""Links to files and folders, where the user may make them."""

from contextlib import suppress

import pytest


def make_link(link, target):
    """Make a link to a folder or file of this full path, or skip the test."""
    with suppress(OSError):  # Windows lets few users make links
        link.symlink_to(target, target_is_directory=target.is_dir())
    if not link.is_symlink():  # Wine makes none and says nothing
        pytest.skip("this user may make no links")
