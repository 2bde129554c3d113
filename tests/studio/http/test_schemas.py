"""The schemas are valid, refer to each other, and fit what the studio has."""

import json

import jsonschema_rs
import pytest

from ortstyle.settings.declaration import options_of
from ortstyle.settings.settings import Settings
from ortstyle.studio.http.schemas import SCHEMAS


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid(name):
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema"} | SCHEMAS[name]
    )


def test_references_name_schemas():
    text = json.dumps(SCHEMAS)
    names = [part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]]
    assert names
    assert set(names) <= set(SCHEMAS)


def test_settings_that_name_files_can_t_be_set():
    known = set(SCHEMAS["Order"]["properties"]["settings"]["properties"])
    files = {option.name for option in options_of(Settings) if option.declared.names_files}
    assert known & files == {"init"}
    assert {"model", "content_mask", "style_mask"} <= files
    assert {"size", "style_scale", "iterations"} <= known
