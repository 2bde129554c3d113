"""A preset from a stranger is taken or gives one line."""

import json

import numpy as np
import pytest
from fuzzed import VALUES, changed_json, check_ended, commands, fuzz
from hostile import damaged
from hypothesis import strategies as st

from ortstyle.settings.declaration import options_of
from ortstyle.settings.presets import preset_text
from ortstyle.settings.serialization import as_toml
from ortstyle.settings.settings import Settings

ARGUMENTS = ["render", "photo.png", "painting.png", "--preset", "mine.toml", "--explain"]
WHOLE = "\n".join(as_toml(Settings(init="noise", style_blend=(1.0,))))
NAMES = [option.name for option in options_of(Settings)]


def toml(value):
    """Return data as TOML, as far as it has a form for them; what it has none for is JSON's."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("NaN", "nan").replace("Infinity", "inf")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bytes", "values"])
def test_hostile_presets(folder, kind):
    path = folder / "mine.toml"
    with commands() as run:

        def check(data):
            path.write_bytes(data)
            check_ended(run(folder, *ARGUMENTS))
            assert {p.name for p in folder.iterdir()} == {"photo.png", "painting.png", "mine.toml"}

        check(WHOLE.encode())
        if kind == "bytes":
            texts = [WHOLE.encode(), preset_text("bold").encode()]
            numbers = st.integers(0, 2**32).map(np.random.default_rng)
            fuzz(numbers.map(lambda rng: damaged(texts[rng.integers(2)], texts[0], rng)), check)
        else:
            values = st.dictionaries(st.sampled_from([*NAMES, "base"]), VALUES, max_size=3)
            known = changed_json(Settings().to_dict())
            lines = st.one_of(values, known).map(
                lambda data: "\n".join(f"{name} = {toml(value)}" for name, value in data.items())
            )
            fuzz(lines.map(lambda text: text.encode("utf-8", "surrogatepass")), check)
