"""What a person looks at: the live display, the trace, plots, comparison pages and the results.

Everything here is made from the iterates of a run and from its settings. Nothing here computes a
loss, moves the picture or reads the command line.
"""
