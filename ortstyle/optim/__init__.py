"""Optimisers, which see vectors and know nothing of pictures, graphs or ONNX Runtime.

All of them are ask/tell: `ask` returns the point whose loss and gradient are wanted, and `tell`
takes these.
"""
