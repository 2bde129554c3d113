"""XPM: colours of all lengths."""

import pytest

from ortstyle.pictures.read import read_picture


@pytest.mark.parametrize("digits", ["abc", "aabbcc", "aaabbbccc", "aa01bb02cc03", "ABC"])
@pytest.mark.parametrize("key", ["c", "s mark m white c"])
def test_colors_of_an_xpm_may_have_any_length(tmp_path, digits, key):
    path = tmp_path / "a.xpm"
    colors = f'"@ {key} #{digits}",\n". c #123456",'
    path.write_text(f'/* XPM */\nstatic char *a[] = {{\n"2 1 2 1",\n{colors}\n"@."\n}};\n')
    assert read_picture(path).pixels[0, :, 0].T.tolist() == [[170, 187, 204], [18, 52, 86]]
