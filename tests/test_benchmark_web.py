"""The benchmark of the browser page: what it counts and divides."""

from http.client import HTTPConnection

import numpy as np
import pytest
from PIL import Image

web = pytest.importorskip("web", reason="the benchmarks or ONNX Runtime are not here")

from web_evaluations import Engine, PythonEvaluations, evaluate_in_turn, rows  # noqa: E402
from web_site import part_of, serve, squares, wire_rows  # noqa: E402

SITE = {
    "index.html": 1_000,
    "engine/worker.js": 2_000,
    "vgg19.gz": 12_000_000,
    "recorded.json.gz": 20_000,
    "graphs/loss-128.json.gz": 30_000,
    "graphs/loss-256.json.gz": 40_000,
    "runtime/LICENSE": 3_000,
    "runtime/ort.webgpu.min.mjs": 100_000,
    "runtime/ort-wasm-simd-threaded.asyncify.mjs": 50_000,
    "runtime/ort-wasm-simd-threaded.asyncify.wasm.gz": 6_000_000,
    "runtime/ort.wasm.min.mjs": 80_000,
    "runtime/ort-wasm-simd-threaded.mjs": 40_000,
    "runtime/ort-wasm-simd-threaded.wasm.gz": 3_000_000,
}


class Counted:
    """Evaluations that take told times, and keep who was asked in which order."""

    def __init__(self, name, times, asked):
        self.name, self.times, self.asked = name, iter(times), asked

    def open(self, side):
        self.asked.append(f"{self.name} opens {side}")

    def evaluate(self):
        self.asked.append(self.name)
        return next(self.times), 5.0


def fetch(server, path):
    connection = HTTPConnection(server.address.removeprefix("http://"), timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def cells(row):
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_every_file_belongs_to_one_part():
    assert part_of("runtime/LICENSE") == part_of("js/dom.js") == "page"
    assert part_of("runtime/ort-wasm-simd-threaded.wasm.gz") == "ONNX Runtime for WebAssembly"
    assert part_of("runtime/ort-wasm-simd-threaded.asyncify.wasm.gz") == "ONNX Runtime for WebGPU"


def test_a_visitor_fetches_one_runtime_and_the_graphs_he_needs():
    fetched = [path for path in SITE if "256" not in path and "LICENSE" not in path]
    fetched = [path for path in fetched if "webgpu" not in path and "asyncify" not in path]
    found = {row[0]: row[1:] for row in map(cells, wire_rows(SITE, fetched))}
    assert found["network"] == ["1", "12.000", "12.000", "12.000"]
    assert found["ONNX Runtime for WebGPU"] == ["3", "6.150", "6.150", "0.000"]
    assert found["ONNX Runtime for WebAssembly"] == ["3", "3.120", "0.000", "3.120"]
    assert found["graphs"] == ["2", "0.070", "0.030", "0.030"]
    assert found["page"] == ["3", "0.006", "0.003", "0.003"]
    assert found["**all**"] == ["13", "21.366", "18.203", "15.173"]


def test_the_server_counts_what_it_sends_and_leaves_out_what_it_is_told(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.js").write_bytes(b"x" * 70)
    (tmp_path / "sw.js").write_bytes(b"y")
    with serve(tmp_path, without=("sw.js",)) as server:
        for _ in range(2):
            status, headers, body = fetch(server, "/app/main.js?once")
            assert (status, len(body)) == (200, 70)
            assert headers["Content-Type"] == "text/javascript"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert b"doctype" in fetch(server, "/benchmark/web_blank.html")[2]
        assert fetch(server, "/sw.js")[0] == 404
        assert server.sent["app/main.js"] == 140
        assert "sw.js" not in server.sent
    with serve(tmp_path, isolating=False) as server:
        status, headers, _ = fetch(server, "/sw.js")
        assert status == 200
        assert headers["Cross-Origin-Opener-Policy"] is None


def test_engines_evaluate_in_turn_and_the_first_time_is_not_kept():
    asked = []
    python = Engine("Python,2", 2, Counted("p", [9, 0.5, 0.25, 0.5], asked), "Python,2")
    page = Engine("WebAssembly, isolated,2", 2, Counted("w", [9, 2, 2, 1], asked), "Python,2")
    evaluate_in_turn(64, [python, page], 3)
    assert asked == ["p opens 64", "w opens 64", *["p", "w"] * 4]
    first, second = map(cells, rows(64, [python, page]))
    assert first == ["64", "Python", "2", "0.500", "0.250", "2", "1.00", "5"]
    assert second == ["64", "WebAssembly, isolated", "2", "2.000", "1.000", "0.5", "4.00", "5"]


def test_visits_are_told_by_their_medians():
    visits = [{"ready": 1.0, "preview": preview} for preview in (2.0, 9.0, 3.0)]
    assert cells(web.draft_rows({"first": visits})[-1]) == ["first", "1.00", "3.00", "2.00", "9.00"]


@pytest.mark.parametrize(
    ("flags", "bits"), [("sse2 avx2 avx512f", 512), ("avx avx2", 256), ("sse2", 128)]
)
def test_the_processor_is_told_with_the_width_of_its_vectors(tmp_path, flags, bits):
    told = tmp_path / "cpuinfo"
    told.write_text(f"cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: A CPU\nflags\t\t: {flags}\n")
    assert web.processor(told) == f"A CPU (family 25, model 1) with vectors of {bits} bits"
    assert web.processor(tmp_path / "missing")


def test_psnr():
    grey = Image.fromarray(np.full((4, 4, 3), 100, np.uint8))
    other = Image.fromarray(np.full((4, 4, 3), 101, np.uint8))
    assert web.psnr(grey, other) == pytest.approx(20 * np.log10(255))
    assert web.psnr(grey, grey) > 100


def test_squares_are_planes_of_the_examples():
    content, style = squares(32)
    assert content.shape == style.shape == (1, 3, 32, 32)
    assert 20 < content.std() < 128


def test_python_evaluates_what_the_page_does():
    pytest.importorskip("onnxruntime")
    with PythonEvaluations(1) as python:
        python.open(32)
        losses = [python.evaluate()[1] for _ in range(2)]
    assert losses[0] == losses[1] > 0
