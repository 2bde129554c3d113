"""Faults as answers: a sentence and its kind; what nobody has foreseen is logged and not shown."""

import asyncio
import errno
import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ortstyle.errors import DeviceError, PictureError, SettingsError
from ortstyle.studio.faults import Conflict, NotFound, Refused
from ortstyle.studio.http.answers import (
    UnsupportedMediaType,
    empty_answer,
    fault_answer,
    framework_fault,
    json_answer,
)


@pytest.mark.parametrize(
    ("error", "status", "kind", "text"),
    [
        (NotFound("there is no such picture"), 404, "NotFound", "There is no such picture."),
        (Conflict("It is over."), 409, "Conflict", "It is over."),
        (UnsupportedMediaType("no"), 415, "UnsupportedMediaType", "No."),
        (SettingsError("--size must be more"), 422, "SettingsError", "--size must be more."),
        (PictureError("it is no picture"), 422, "PictureError", "It is no picture."),
        (OSError(errno.ENOSPC, "full"), 507, "NoSpace", "The disk is full"),
    ],
)
def test_faults_are_told(error, status, kind, text, caplog):
    answer = fault_answer(error)
    told = json.loads(answer.body)
    assert answer.status_code == status
    assert told["kind"] == kind
    assert told["error"].startswith(text)
    assert not caplog.records


def test_a_fault_names_its_field_where_that_is_known():
    assert json.loads(fault_answer(Refused("no", field="size")).body)["field"] == "size"
    assert "field" not in json.loads(fault_answer(Refused("no")).body)


def test_what_was_not_foreseen_is_logged_and_not_shown(caplog):
    answer = fault_answer(ZeroDivisionError("/home/secret"))
    assert answer.status_code == 500
    assert b"secret" not in answer.body
    assert json.loads(answer.body)["kind"] == "Fault"
    assert "ZeroDivisionError" in caplog.text
    assert "secret" in caplog.text


def test_an_error_of_our_own_without_a_status_keeps_its_sentence(caplog):
    answer = fault_answer(DeviceError("the device is gone"))
    assert answer.status_code == 500
    assert json.loads(answer.body) == {"error": "The device is gone.", "kind": "DeviceError"}
    assert "DeviceError" in caplog.text


def test_nobody_reads_an_answer_after_leaving(caplog):
    assert fault_answer(ClientDisconnect()).status_code == 400
    assert not caplog.records


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "NotFound"), (405, "MethodNotAllowed"), (413, None), (418, None)]
)
def test_the_framework_s_faults_are_told_alike(status, kind):
    answer = asyncio.run(framework_fault(None, HTTPException(status, "x", {"Allow": "GET"})))
    told = json.loads(answer.body)
    assert answer.status_code == status
    assert answer.headers["allow"] == "GET"
    assert told["error"].endswith(".")
    assert kind in (None, told["kind"])
    assert " " not in told["kind"]


def test_answers():
    assert json_answer({"a": 1}, 201).body == b'{"a":1}'
    assert json_answer({}).headers["content-type"] == "application/json"
    assert empty_answer().status_code == 204
