"""A picture in, its loss and the gradient of the loss out: whole, or tile by tile.

Knows settings, graphs and sessions, but nothing of scales, optimisers or files.
"""
