"""Reading and writing of pictures: file formats, colour conversion and metadata.

Inside ortstyle the pixels of a picture are an array of shape ``(1, 3, H, W)``: float32, RGB, 0–255.
Nothing about networks, losses or devices may come in; only `errors`, `files` and `settings` may be
imported.
"""
