"""What an operation can answer follows from what it takes."""

import pytest

from ortstyle.studio.http.operation import BYTES, Operation, json_answer_of, ref


def make(**values):
    given = {"method": "GET", "path": "/api/x", "name": "x", "text": "X.", "handler": None}
    return Operation(**given | {"answers": {}} | values)


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({}, set()),
        ({"path": "/api/{id}/x"}, {404}),
        ({"body": BYTES}, {408, 413, 507}),
        ({"body": "Order"}, {408, 413, 415, 507}),
        ({"faults": (409,)}, {409}),
    ],
)
def test_refusals(values, more):
    refusals = make(**values).refusals
    assert set(refusals) == {400, 401, 403, 414, 422, 431, 500, 503} | more
    assert list(refusals) == sorted(refusals)


def test_a_reference_names_a_schema():
    assert ref("Order") == {"$ref": "#/components/schemas/Order"}
    assert json_answer_of("It.", {}).content == {"application/json": {}}
