"""The photographs and styles of pairs.py: where they come from, and scripts that paint the others.

Nothing in here knows ortstyle; NumPy and Pillow are all it needs.
"""
