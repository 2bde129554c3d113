"""Neural style transfer by optimisation on any vendor's hardware, with ONNX Runtime."""

__version__ = "0.1.0"
