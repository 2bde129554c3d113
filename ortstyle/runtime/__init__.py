"""Everything that touches ONNX Runtime."""
