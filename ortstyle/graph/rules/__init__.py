"""The derivative rules: for each operator, how to compute its gradient in portable operators.

`table.py` lists the rules by operator; they are in the other modules, by kind. A rule only appends
nodes to a graph: nothing here runs a graph or walks through one.
"""
