"""Optimisers of vectors; pictures, graphs and ONNX Runtime do not belong here.

All optimisers are ask/tell: `ask` returns the point to evaluate, and `tell` takes the loss and
gradient of that point.
"""
