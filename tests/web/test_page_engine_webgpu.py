"""The engine in Chromium with WebGPU: wrong and lost devices. SwiftShader stands in for one."""

import os

import numpy as np
import pytest
from engine_runs import image_of, job, psnr, python_run, run
from engine_sites import SMALL, painting, photograph, small_network, write_engine_site

from ortstyle.settings.presets import from_preset

pytestmark = pytest.mark.javascript
CONTENT, STYLE = photograph(64, 48), painting(64, 48)
#: With the whole network, each of which takes SwiftShader long; CI makes fewer.
EVALUATIONS = int(os.environ.get("ORTSTYLE_EVALUATIONS", "20"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the settings of a small network, and sites for it by what is tampered with."""
    settings = SMALL | {"model": small_network(tmp_path_factory.mktemp("network")), "size": 64}

    def site(*tampered):
        folder = tmp_path_factory.mktemp("site")
        write_engine_site(folder, settings=from_preset(overrides=settings), tampered=tampered)
        return folder

    return settings, site


@pytest.fixture(scope="module")
def site(small):
    return small[1]()


def test_webgpu_paints_what_python_paints(small, site, tmp_path):
    found, faults = run(
        tmp_path, [job(CONTENT, STYLE, size=64, iterations=6)], site=site, backend="webgpu"
    )
    assert faults == []
    assert found["ready"]["backend"] == "webgpu"
    assert found["ready"]["refused"] is None
    assert found["ready"]["test"]["gradientError"] < 1e-4
    (done,) = found["found"]
    losses, picture = python_run(CONTENT, STYLE, **small[0], iterations=6)
    np.testing.assert_allclose(done["losses"][:5], losses[:5], rtol=1e-3)
    assert psnr(image_of(done["image"]), picture) > 35


def test_a_device_that_computes_wrongly_is_refused_and_told(site, tmp_path):
    jobs = [job(CONTENT, STYLE, size=64, iterations=2)]
    found, _ = run(tmp_path, jobs, site=site, backend="webgpu", wrong=True)
    assert found["ready"]["backend"] == "wasm"
    assert found["ready"]["refused"]["backend"] == "webgpu"
    assert "wrong loss" in found["ready"]["refused"]["reason"]
    assert found["ready"]["refused"]["code"] == "wrong"
    assert found["found"][0]["type"] == "done"


def test_software_is_not_taken_for_a_graphics_processor(site, tmp_path):
    found, _ = run(tmp_path, [], site=site, backend="auto")
    assert found["ready"]["backend"] == "wasm"
    assert "software" in found["ready"]["refused"]["reason"]
    assert found["ready"]["refused"]["code"] == "none"


@pytest.mark.parametrize("fault", ["destroyed", "crashed"])
def test_a_lost_device_is_survived(site, tmp_path, fault):
    jobs = [job(CONTENT, STYLE, size=64, iterations=10_000)]  # it can't end before
    found, _ = run(tmp_path, jobs, site=site, backend="webgpu", fault=fault)
    assert found["lost"]["type"] == "failed"
    assert found["lost"]["kind"] == "lost"
    assert found["lost"]["at"]["scale"] == 1
    (done,) = found["again"]["found"]
    assert done["type"] == "done"
    assert done["evaluations"] == found["preview"]["evaluations"] + 3
    assert len(done["losses"]) == 3
    assert image_of(done["image"]).size == CONTENT.size


@pytest.mark.parametrize(
    ("tampered", "said"),
    [("loss", "wrong loss"), ("gradient", "wrong gradient"), ("losses", "wrong steps")],
)
def test_no_device_passes_against_other_numbers(small, tmp_path, tampered, said):
    found, _ = run(tmp_path, [], site=small[1](tampered))
    assert found["ready"]["type"] == "failed"
    assert said in found["ready"]["text"]
    assert found["ready"]["kind"] == "device"


@pytest.mark.slow
def test_webgpu_paints_with_the_whole_network_what_python_paints(tmp_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    write_engine_site(folder, settings=from_preset(overrides={"size": 64}))
    content = photograph(64, 32)
    jobs = [job(content, STYLE, size=64, iterations=EVALUATIONS)]
    found, _ = run(tmp_path, jobs, site=folder, backend="webgpu", seconds=3000)
    assert found["ready"]["backend"] == "webgpu"
    (done,) = found["found"]
    losses, picture = python_run(content, STYLE, size=64, iterations=EVALUATIONS)
    assert len(done["losses"]) == len(losses)
    np.testing.assert_allclose(done["losses"][:5], losses[:5], rtol=1e-3)
    assert psnr(image_of(done["image"]), picture) > 35
