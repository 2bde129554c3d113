"""Everything that touches ONNX Runtime: devices, sessions, and vectors in a device's memory.

Knows graphs and settings, but nothing of losses, pictures or runs. ONNX Runtime itself is imported
inside functions, because it is optional and slow to load.
"""
