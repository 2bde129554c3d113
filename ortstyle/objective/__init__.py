"""A picture in, its loss and the gradient of the loss out: whole, or tile by tile.

Knows settings, graphs, sessions and arrays in files. Scales, optimisers' steps, checkpoints and
picture files are no matter of this room.
"""
