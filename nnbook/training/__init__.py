"""How a model learns: losses, and the loop that makes them small."""
