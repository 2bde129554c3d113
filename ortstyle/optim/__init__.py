"""Optimisers that see vectors and know nothing of images or ONNX."""
