"""What runs show and write: the live display, the trace, plots, pages, contact sheets and results.

Everything here is made from the iterates of a run and from its settings. Computing losses, changing
the picture and reading the command line do not belong here.
"""
