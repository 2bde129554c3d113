"""Runs of the page's engine in Chromium, and the same runs in Python."""

import base64
import json

import numpy as np
from chromium import drive
from engine_sites import serve_engine
from PIL import Image

from ortstyle.run.stylize import stylize
from ortstyle.settings.presets import from_preset


def job(content, style, *, more=None, **order):
    """Return a job of web-engine.mjs: an order, two pictures, and what else the message has."""
    return {"order": order, "pictures": [_as_rgba(content), _as_rgba(style)], "more": more or {}}


def _as_rgba(image):
    text = base64.b64encode(image.convert("RGBA").tobytes()).decode()
    return {"width": image.width, "height": image.height, "rgba": text}


def image_of(found):
    """Return a picture that the test page gave."""
    size = found["width"], found["height"]
    return Image.frombytes("RGBA", size, base64.b64decode(found["rgba"])).convert("RGB")


def run(folder, jobs, *, site, backend="wasm", isolated=True, seconds=300, **more):
    """Return what the engine told of jobs, and the errors of its page.

    `more` is what else web-engine-webgpu.mjs takes, which drives "webgpu".
    """
    path = folder / "jobs.json"
    asked = {"site": "/", "backend": backend, "jobs": jobs, **more}
    path.write_text(json.dumps(asked), "utf-8")
    script = "web-engine.mjs" if backend == "wasm" else "web-engine-webgpu.mjs"
    with serve_engine({"/": site}, isolated=isolated) as address:
        return drive(script, address, folder, path, seconds=seconds)


def python_run(content, style, **overrides):
    """Return the losses and the picture of Python's run."""
    settings = from_preset(overrides=overrides)
    iterates = list(stylize(content, style, settings=settings, device="cpu"))
    return [iterate.loss for iterate in iterates], iterates[-1].image


def psnr(one, other):
    """Return the peak signal-to-noise ratio of two pictures in decibels."""
    difference = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    return 10 * np.log10(255**2 / max(1e-9, np.mean(difference**2)))
