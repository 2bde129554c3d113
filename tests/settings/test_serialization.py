"""Settings written as JSON and TOML and read again."""

import json
from dataclasses import fields, replace

import pytest

from ortstyle.settings.presets import from_preset
from ortstyle.settings.serialization import as_toml, check_keys, from_dict
from ortstyle.settings.settings import Settings


def test_an_unknown_key_is_told_the_nearest(refusal_of):
    assert "did you mean tv_weight?" in refusal_of(check_keys, {"size": 1, "tv_wieght": 2})
    check_keys({field.name: None for field in fields(Settings)})


def test_settings_can_be_written_as_json():
    given = Settings(style_blend=(1.0, 2.0), model="net.onnx")
    read = json.loads(json.dumps(given.to_dict(), allow_nan=False))
    assert list(read) == [field.name for field in fields(Settings)]
    assert read["style_blend"] == [1, 2]
    assert read["content_layers"] == [["relu4_2", 1]]
    assert read["model"] == "net.onnx"


@pytest.mark.parametrize(
    "changes",
    [
        {"iterations": (5, 3), "scales": 2},
        {"style_scale": (1.0, (0.5, 2.0))},
        {"style_scale": 1.5, "content_mask": ("sky.png", ""), "style_mask": ("", "part.png")},
    ],
)
def test_settings_that_are_no_plain_values_survive_a_preset_and_a_picture(tmp_path, changes):
    settings = Settings(**changes)
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(as_toml(settings, without=Settings())), "utf-8")
    found = from_preset(str(path))
    for name in ("content_mask", "style_mask"):  # paths are found from the preset's folder
        masks = tuple(p and str(tmp_path / p) for p in getattr(settings, name))
        assert getattr(found, name) == masks
        found = replace(found, **{name: getattr(settings, name)})
    assert found == settings
    assert from_dict(json.loads(json.dumps(settings.to_dict()))) == settings
