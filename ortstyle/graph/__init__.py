"""ONNX graphs as data: built from a network and the losses, differentiated, rewritten, measured.

Nothing here runs a graph or imports ONNX Runtime. Only `settings` and `errors` may be imported.
"""
