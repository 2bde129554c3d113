"""The command line: one module for each command, and modules that commands share.

Only this room prints or exits. Painting itself does not belong here. ONNX and NumPy are loaded only
when a command needs them.
"""
