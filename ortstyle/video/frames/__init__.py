"""The folder of a film that is being painted: its record, source frames and painted frames.

What is written there is lossless, so that a film that was killed goes on by the frame. Codecs and
painting do not belong here.
"""
