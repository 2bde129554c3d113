"""Files and arrays: reading, colour, metadata, encoding and writing of pictures.

Inside ortstyle a picture is (1, 3, H, W) float32, RGB, 0–255. Nothing here knows of networks,
losses or devices.
"""
