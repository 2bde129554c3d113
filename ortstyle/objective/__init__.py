"""Objectives: the loss of a picture and its gradient, computed whole or tile by tile.

This room uses settings, graphs, sessions and arrays in files. Scales, steps of optimisers,
checkpoints and picture files do not belong here.
"""
