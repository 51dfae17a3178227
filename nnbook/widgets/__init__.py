"""A cell's interactive output: data for the browser around a static picture of itself.

A widget is what a cell returns. Its page form is a custom element with its data as inline JSON and its static figure inside:

    <nn-neuron class="nn-widget"><script type="application/json" class="nn-widget-data">{…}</script>
    <div class="nn-static"><svg …></svg></div></nn-neuron>

Every number is the shortest decimal of a float32, so `Math.fround` of it is that float32; a masked score, minus infinity,
is null. Vectors are lists, matrices lists of rows. `reference` holds what `nnbook` computed, for the browser's numbers to
be checked against. The data of each widget:

`nn-neuron`
    question     str
    inputs       [str, str]      names of the two inputs, "x₁" and "x₂": the axes
    classes      [str, str]      names of label 0 and label 1
    w            [w1, w2]        the weights at the start
    b            number          the bias at the start
    activation   str             the activation at the start, one of `activations`
    activations  [str]           those the reader may choose: "step", "sigmoid", "tanh", "relu"
    points       [[x1, x2], …]   at most 60
    labels       [0 | 1, …]      one per point
    sets         [{"name": str, "points": […], "labels": […]}]   other points to try; the first are those above; or absent
    ranges       {"x1": [lo, hi], "x2": [lo, hi], "w": [lo, hi], "b": [lo, hi]}  of the picture and the sliders
    reference    {"z": [one per point], "y": {activation: [one per point]}}   z = w·x + b, y = activation(z), at the start
                 The half plane of the answer 1 is z ≥ 0, where `step` gives 1.

`nn-activations`
    question     str
    names        [str]           as in nnbook.layers.activations: "sigmoid", "tanh", "relu", "gelu", …
    shown        [str]           those drawn at the start
    grid         [x, …]          ascending
    values       {name: [f(x) for each x of grid]}
    slopes       {name: [f'(x) for each x of grid]}
    facts        {name: {"title": str, "formula": str, "slope": str, "range": str}}   plain text with Unicode signs

`nn-attention`
    question     str
    tokens       [str, …]        the sentence at the start
    vocabulary   {word: [d_model numbers]}   the words a reader may use, in the order to offer them
    w_q, w_k     [d_model rows of d_k numbers]   q = x @ w_q
    w_v          [d_model rows of d_v numbers]
    scaled, causal   bool        the switches at the start
    temperature  number          at the start
    max_tokens   int             the longest sentence
    reference    {"q": rows, "k": rows, "v": rows, "cases": [case, …]}   for `tokens`
                 case = {"scaled": bool, "causal": bool, "temperature": number, "scores": rows, "weights": rows, "output": rows}
                 scores = q @ kᵀ (/ √d_k where scaled); null where causal and the key comes after the query;
                 weights = softmax(scores / temperature) along a row; output = weights @ v.
                 Cases: scaled × causal at temperature 1, and scaled, not causal at temperatures 0.5 and 2.
"""

from nnbook.widgets.activation_explorer import activations
from nnbook.widgets.attention_explorer import attention
from nnbook.widgets.neuron_explorer import neuron
from nnbook.widgets.widget import Widget

__all__ = ["Widget", "activations", "attention", "neuron"]
