"""How much memory a run will take, and how to make it fit: smaller tiles, half precision, disk.

Predictions come from graphs and sizes alone: nothing in this room runs a session, and it knows
nothing of runs, checkpoints or the command line.
"""
