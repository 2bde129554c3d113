"""Orders: what a page asks to be painted, checked, and the jobs, plans and commands made of it.

Nothing here paints or keeps anything.
"""
