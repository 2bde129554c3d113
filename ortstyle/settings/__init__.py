"""The settings of a run: their declaration, checks and defaults, presets, and settings as text.

`settings.py` declares every setting once. No pictures, graphs, arrays or devices may come in, and
only `errors` may be imported, so that every other room can import this one.
"""
