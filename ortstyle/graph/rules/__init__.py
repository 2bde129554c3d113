"""The derivative rules: for each operator, how to compute its gradient in portable operators.

`table` lists the rules by operator; the other modules define them, by kind. A rule only appends
nodes: no code that runs a graph or walks through one may come in.
"""
