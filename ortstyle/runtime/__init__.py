"""Everything that touches ONNX Runtime: devices, sessions, and vectors in a device's memory.

This room uses graphs, settings and the optimisers' records; losses, pictures and runs do not belong
here. ONNX Runtime itself is imported inside functions, because it is optional and slow to load.
"""
