"""Requests at random, made from the OpenAPI document, and others that are not what it says.

Whatever is sent: no answer says that the server failed, each is one of the document, and nothing
outside the studio's folder changes.
"""

import re

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from served import DOCUMENT, guarding, listing, png
from studio_at_work import StudioAtWork

from ortstyle.studio.records import is_id

requests = pytest.importorskip("requests")
schemathesis = pytest.importorskip("schemathesis")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
ENDLESS = {"/api/events"}
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.specs.openapi.checks.status_code_conformance,
    schemathesis.specs.openapi.checks.content_type_conformance,
    schemathesis.specs.openapi.checks.response_schema_conformance,
]
#: Of 20 that are made at random, none would be that of a picture or painting.
ID = re.compile("[0-9a-f]{20}")
OPERATIONS = [
    operation.ok()
    for operation in SCHEMA.get_all_operations()
    if operation.ok().path not in ENDLESS | {"/api/login"}
]


def cases():
    """Return a strategy for requests: twice as many as the document has them as others."""
    mode = schemathesis.GenerationMode
    modes = [mode.POSITIVE, mode.POSITIVE, mode.NEGATIVE]
    return st.sampled_from(OPERATIONS).flatmap(
        lambda operation: st.sampled_from(modes).flatmap(
            lambda mode: operation.as_strategy(generation_mode=mode)
        )
    )


def with_ids(value, ids):
    """Return a value of JSON in which each id is one of those that there are."""
    if isinstance(value, str) and ID.fullmatch(value):
        return ids[int(value, 16) % len(ids)]
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: with_ids(item, ids) for key, item in value.items()}
    return value


def known_ids(client):
    pictures = [picture["id"] for picture in client.get("/api/pictures").json()["pictures"]]
    found = client.get("/api/paintings").json()["paintings"]
    return pictures, [painting["id"] for painting in found]


def send_at_random(server, count):
    """Send requests at random; return how many answers had each status."""
    client, statuses, session = server.client, {}, requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {server.token}"
    for role in ("photograph", "painting", "mask"):
        client.put(f"/api/pictures?role={role}", content=png())

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases(), takes_known=st.sampled_from([True, True, True, False]))
    def send(case, takes_known):
        pictures, paintings = known_ids(client)
        if len(pictures) < 3:
            client.put("/api/pictures?role=photograph", content=png())
        if takes_known and pictures:
            case.body = with_ids(case.body, pictures)
            ids = paintings if case.path.startswith("/api/paintings") else pictures
            if ids and "id" in (case.path_parameters or {}):
                case.path_parameters["id"] = ids[len(str(case.query)) % len(ids)]
        answer = case.call(base_url=str(client.base_url), session=session, timeout=100)
        case.validate_response(answer, checks=CHECKS)
        statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1

    with session:
        send()
    return statuses


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_requests_at_random(tmp_path, count):
    at_work = StudioAtWork(tmp_path)
    try:
        with guarding(at_work.studio) as server:
            (tmp_path / "precious").write_text("mine", "utf-8")
            before = listing(tmp_path, but=at_work.home)
            statuses = send_at_random(server, count)
    finally:
        at_work.close()
    after = listing(tmp_path, but=at_work.home)
    runs = tmp_path / "runs"  # which the workers of the test write
    before[runs] = after[runs]
    assert after == before
    assert sum(statuses.values()) >= count
    assert {200, 404, 422} <= set(statuses)
    for folder in ("pictures", "results"):
        assert all(is_id(path.stem) for path in (at_work.home / folder).iterdir())
    assert not list((at_work.home / "uploads").iterdir())
