"""How things move between frames: optical flow, what it is worth, warping, cuts.

The only room that imports OpenCV. Files and painted pictures' losses do not belong here.
"""
