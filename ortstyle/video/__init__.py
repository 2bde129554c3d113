"""Films: the frames of a clip are painted so that strokes stay calm and move with things.

Its rooms are `media` (files ↔ frames; the only one that imports PyAV), `motion` (optical flow,
occlusions, cuts; the only one that imports OpenCV), `frames` (the folder of a film that is being
painted), and `painting` (frames in, painted frames out). Printing, exiting and the command line do
not belong here, nor do queues of films.
"""
