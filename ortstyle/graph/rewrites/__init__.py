"""Graph in, graph out: the same function computed faster, in 16 bits, or without an operator."""
