"""Rewrites of whole graphs: the same function computed faster, in 16 bits, or of other variables.

A rewrite takes a finished model and changes it in place. Nothing about settings, devices or the
building of graphs may come in.
"""
