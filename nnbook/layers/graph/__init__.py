"""Layers on graphs: nodes send messages along edges, and each adds up, averages or weighs what it receives.

`edges` holds the graph itself, `adjacency` the same as a matrix, `message_passing` what all layers share; `gcn`, `sage`
and `gat` are the layers, `readout` makes one vector of a whole graph, `smoothness` measures how alike neighbours are.
"""

from nnbook.layers.graph.edges import Graph, WeightedGraph, directed, undirected

__all__ = ["Graph", "WeightedGraph", "directed", "undirected"]
