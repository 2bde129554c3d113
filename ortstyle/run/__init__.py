"""`stylize`: the scales of a run from coarse to fine, its checkpoints and its provenance.

Nothing here prints or exits; `iterate.Iterate` is all that the rooms above see of a run.
"""
