"""Painted frames that follow one another: anchors, the frames of a scene, frames between.

Files of films and their codecs do not belong here.
"""
