"""The file and the address that are opened lead a real browser to the page."""

import shutil
import subprocess

import pytest
from behind_guard import running

from ortstyle.studio.http.opening import redirect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]


def visit(address, profile):
    """Return what a browser that was just started shows of an address."""
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu"]
    more = [f"--user-data-dir={profile}", "--virtual-time-budget=10000", "--dump-dom", address]
    found = subprocess.run([*command, *more], capture_output=True, timeout=300, check=True)
    return found.stdout.decode()


def test_both_lead_to_the_page_and_what_is_spent_to_none(tmp_path):
    file = tmp_path / "open.html"
    with running() as door:
        address = door.server.one_time_address()
        file.write_text(redirect(address))
        # The cookie is strict: it would not come with what a file's address is redirected to.
        assert "the page" in visit(file.as_uri(), tmp_path / "one")
        assert "has been used" in visit(address, tmp_path / "two")
        assert "the page" in visit(door.server.one_time_address(), tmp_path / "three")
