"""ONNX graphs as data: built from a network and the losses, differentiated, rewritten, analysed.

No code that runs graphs with ONNX Runtime may come in; only `settings` and `errors` may be
imported.
"""
