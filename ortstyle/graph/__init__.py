"""ONNX graphs as data: build them, cut them, differentiate them. Imports no ONNX Runtime."""
