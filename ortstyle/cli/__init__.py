"""The command line: one module a command, and what the commands share.

This is the only room that prints or exits. It loads ONNX and NumPy only when a command needs them.
"""
