"""`ortstyle batch --scheduler`: the same files, with workers of a Dask cluster in this process."""

import json
from pathlib import Path

import pytest
from commands import names, needs_runtime

from ortstyle.cli import batch_run
from ortstyle.runtime.threads import LIMIT

pytestmark = needs_runtime


@pytest.fixture
def options(folder, network):
    return ["batch", "photo.png", "--style", "painting.png", "-o", "out", *network]


@pytest.fixture
def address():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address=":0",
        silence_logs=50,
        resources={"GPU": 1},
    ) as cluster:
        yield cluster.scheduler_address


def test_a_batch_on_a_cluster(call, options, address, monkeypatch):
    monkeypatch.setenv(LIMIT, "1")
    where = ["--scheduler", address, "--threads", "1", "--resources", "GPU=1"]
    code, _, error = call(*options, *where)
    assert code == 0, error
    assert sorted(names(Path("out"))) == [".ortstyle", "photo-painting.png", "report.jsonl"]
    lines = error.splitlines()
    assert lines[0].startswith("ortstyle: 1 job: 1 to paint; how long is known once some are")
    assert lines[1:3] == ["started photo-painting.png (cpu)", "done photo-painting.png"]
    assert len(lines) == 3
    (row,) = map(json.loads, Path("out/report.jsonl").read_text("ascii").splitlines())
    assert row["state"] == "done"
    code, _, error = call(*options, *where, "--json")
    assert code == 0
    assert "1 done before" in error


def test_resources_that_nobody_has_end_the_batch_in_one_line(call, options, address):
    code, _, error = call(*options, "--scheduler", address, "--resources", "FPGA=1")
    assert code == 1
    assert "offers --resources FPGA=1; start one with" in error
    assert "type the same command again to go on" in error


def test_a_scheduler_that_is_none_is_refused(call, options):
    code, _, error = call(*options, "--scheduler", "nonsense")
    assert code == 1
    assert "scheduler nonsense is no address" in error


def test_what_the_options_say_reaches_the_supervisor(call, options, monkeypatch):
    found = {}

    class Supervisor:
        def __init__(self, _store, **others):
            found.update(others)

        def run(self, *, tell, only):
            pass

    monkeypatch.setattr(batch_run, "ClusterSupervisor", Supervisor)
    where = ["--scheduler", "tcp://a:1", "--shared", "--device", "cuda", "--threads", "3"]
    call(*options, *where, "--resources", "GPU=1")
    del found["folder"]
    assert found == {
        "address": "tcp://a:1",
        "resources": {"GPU": 1.0},
        "is_shared": True,
        "device": "cuda",
        "threads": 3,
    }
