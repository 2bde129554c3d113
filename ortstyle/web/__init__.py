"""The static page that paints in the visitor's own browser, and what it takes.

`page` holds its HTML, CSS and JavaScript. The modules here write a folder with that page, the
graphs for all sizes of pictures, the network, the numbers that the page checks a device with, and
ONNX Runtime for browsers, which any static host can serve. Nothing that serves pages may come in,
nor anything of the studio but files of its page, nor a second way to compute anything in Python:
graphs are built by `ortstyle.graph`, and the page's scripts follow the rooms below, whose numbers
their tests compare with.
"""
