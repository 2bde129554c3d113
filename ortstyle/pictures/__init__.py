"""Pictures between files and arrays: reading, colour, metadata, formats and writing.

Inside ortstyle the pixels of a picture are an array of shape ``(1, 3, H, W)``: float32, RGB, 0–255.
This room knows nothing of networks, losses or devices, and imports only errors, files and settings.
"""
