"""A run: its pictures, its scales from coarse to fine, its checkpoints and its provenance.

`stylize` makes a run, and each evaluation of a run is an `iterate.Iterate`. Printing, exiting and
the command line do not belong here.
"""
