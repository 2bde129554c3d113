"""Which paths are on another machine, and how they are refused."""

import pytest

from ortstyle.errors import SettingsError
from ortstyle.settings.foreign_paths import check_host, host_of


@pytest.mark.parametrize(
    ("path", "host"),
    [
        (r"\\Evil\share\a.png", "evil"),
        ("//evil/share/a.png", "evil"),
        (r"\/evil\share", "evil"),
        (r"/\evil", "evil"),
        (r"\\evil@SSL\DavWWWRoot\a.png", "evil@ssl"),
        (r"\\?\UNC\evil\share", "evil"),
        (r"\\?\unc/evil", "evil"),
        (r"\??\UNC\evil\share", "evil"),
        ("/??/unc/evil", "evil"),
        (r"\??\GLOBALROOT\Device\a", "?"),
        (r"\??\C:\pictures\a.png", ""),
        (r"\\.\pipe\a", "."),
        (r"\\?\GLOBALROOT\Device\a", "?"),
        ("//", "."),
        (r"\\?\C:\pictures\a.png", ""),
        (r"C:\pictures\a.png", ""),
        ("/home/me/a.png", ""),
        ("a.png", ""),
        ("", ""),
        (r"a\\evil\b", ""),
    ],
)
def test_the_machine_of_a_path(path, host):
    assert host_of(path) == host


def test_a_path_on_another_machine_is_refused_unless_the_user_has_named_it():
    check_host("preset a.toml", "a.png")
    check_host("preset a.toml", r"\\work\b\a.png", known=["c.png", r"\\WORK\d\a.toml"])
    with pytest.raises(SettingsError) as caught:
        check_host("preset a.toml", r"\\evil\a.png", known=["c.png", r"\\work\a.toml"])
    assert str(caught.value).startswith(r"preset a.toml names \\evil\a.png, a file on another")
