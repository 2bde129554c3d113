"""The derivative table: what the gradient of each operator is, in portable operators."""
