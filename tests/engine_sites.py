"""Sites that hold what the page's engine needs and no page, for small pictures and any network."""

import gzip
import json
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
import onnx
import pytest
from chromium import SCRIPTS, serve_files
from conftest import tiny_network
from page_engine import ENGINE
from PIL import Image

from ortstyle.graph.network import Network
from ortstyle.packaged import packaged_path
from ortstyle.web.graphs import packs
from ortstyle.web.packing import compress_json
from ortstyle.web.recorded import Recorded
from ortstyle.web.runtime import FILES, site_path
from ortstyle.web.site_record import describe_files
from ortstyle.web.weights import SharedWeights

DIST = SCRIPTS / "node_modules" / "onnxruntime-web" / "dist"
POLICY = (  # as the page's, with the favicon that browsers ask for
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "connect-src 'self'; img-src 'self' data:"
)
ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}


#: Settings for `small_network`.
SMALL = {
    "content_layers": (("relu3", 1.0),),
    "style_layers": (("relu1", 1.0), ("relu2", 0.5)),
}


def small_network(folder):
    """Write a network that SwiftShader computes in seconds to a folder; return its path.

    Its layers have 8 and 16 channels. Of the other tests' network, with 4, 6 and 8, ONNX Runtime's
    WebGPU provider computes the last convolution wrongly, as `run/verification.py` says, and the
    engine refuses it.
    """
    path = folder / "small.onnx"
    onnx.save(tiny_network((8, 16, 16)), path)
    return str(path)


@cache
def _compressed(name):
    return gzip.compress((DIST / name).read_bytes(), 1)


def write_engine_site(folder, *, settings, sizes=(64,), tampered=()):
    """Write a site of graphs, weights, recorded numbers and ONNX Runtime to a folder.

    `tampered` are names of recorded numbers that are made wrong: "loss", "gradient" or "losses".
    """
    pytest.importorskip("onnxruntime")
    if not DIST.is_dir():
        pytest.skip("needs onnxruntime-web: npm install --ignore-scripts in tests/javascript")
    network = Network.open(settings.model or packaged_path("models", "vgg19.onnx"))
    weights = SharedWeights.of(network, settings)
    made = list(packs(sizes, settings=settings, network=network))
    recorded = Recorded.compute(network, settings)
    wrong = {"loss": recorded.loss * 1.01, "gradient": recorded.gradient * np.float32(1.01)}
    wrong["losses"] = (*recorded.losses[:-1], recorded.losses[-1] * 1.1)
    recorded = replace(recorded, **{name: wrong[name] for name in tampered})
    files = {pack.path: pack.data for pack in made}
    files["vgg19.gz"] = gzip.compress(weights.file, 1)
    files["recorded.json.gz"] = compress_json(recorded.to_json())
    for name in FILES:
        path = site_path(name)
        files[path] = _compressed(name) if path.endswith(".gz") else (DIST / name).read_bytes()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    described = {
        "network": {
            "file": "vgg19.gz",
            "tensors": weights.to_json(),
            "external_bytes": weights.external_bytes,
        },
        "kinds": _described(made),
        "settings": settings.to_dict(),
        "sizes": sizes,
        "files": describe_files(files),
    }
    (folder / "site.json").write_text(json.dumps(described), "utf-8")


def _described(made):
    kinds = {}
    for pack in made:
        taken = {f"{h}x{w}": count for (h, w), count in pack.evaluation_bytes.items()}
        side = {"file": pack.path, "canvases": pack.canvases, "bytes": taken}
        kinds.setdefault(pack.kind, {"sides": {}})["sides"][str(pack.side)] = side
    return kinds


@contextmanager
def serve_engine(folders, *, isolated=True):
    """Serve the engine and its test page, and sites by the beginning of their paths."""
    served = {"/test/": SCRIPTS, "/engine/": ENGINE, **folders}
    with serve_files(served, policy=POLICY, headers=ISOLATED if isolated else {}) as address:
        yield address


def photograph(width, height):
    """Return the package's photograph at a size, stretched, with grain.

    Of equal neighbours the gradient of total variation hangs on rounding, which grain makes rare.
    """
    pixels = np.asarray(_example("photo.jpg", width, height), np.float64)
    pixels = pixels + np.random.default_rng(7).normal(scale=4, size=pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def painting(width, height):
    """Return the package's painting at a size, stretched."""
    return _example("painting.jpg", width, height)


def _example(name, width, height):
    path = packaged_path("examples", name)
    return Image.open(path).convert("RGB").resize((width, height), Image.Resampling.BILINEAR)
