"""The attention explorer: a sentence, its queries, keys and values, who looks at whom, and what comes out."""

from collections.abc import Mapping, Sequence

import jax.numpy as jnp
import numpy as np

from nnbook.errors import ShapeError
from nnbook.layers.attention import attention_scores, attention_weights, unscaled_scores
from nnbook.layers.masks import causal_mask
from nnbook.plotting import frames, heatmaps
from nnbook.plotting.figure import Figure
from nnbook.widgets.widget import Widget, numbers

# (scaled, causal, temperature) of the cases that the browser's numbers are checked against.
CASES = [(scaled, causal, 1.0) for scaled in (True, False) for causal in (False, True)]
CASES += [(True, False, 0.5), (True, False, 2.0)]


def attention(
    tokens: Sequence[str],
    vocabulary: Mapping[str, object],
    w_q,
    w_k,
    w_v,
    *,
    question: str,
    alt: str,
    caption: str | None = None,
    label: str | None = None,
    scaled: bool = True,
    causal: bool = False,
    temperature: float = 1.0,
    max_tokens: int = 8,
) -> Widget:
    """One head of self-attention over a sentence of words from vocabulary, {word: embedding [d_model]}.

    w_q and w_k are [d_model, d_k], w_v is [d_model, d_v]; scaled, causal and temperature are how it starts.
    Raises ValueError for a word without embedding, a sentence that is empty or too long, a temperature that is not
    positive; ShapeError for sizes that do not fit; and what `Figure` and `Widget` refuse.

    >>> vocabulary, identity = {"I": [1.0, 0.0], "am": [0.0, 1.0]}, np.eye(2)
    >>> widget = attention(
    ...     ["I", "am"], vocabulary, identity, identity, identity,
    ...     question="Who looks at whom?", alt="A table of two by two weights.", causal=True,
    ... )
    >>> widget.data["reference"]["q"]
    [[1.0, 0.0], [0.0, 1.0]]
    """
    tokens = list(tokens)
    strangers = [token for token in tokens if token not in vocabulary]
    if strangers:
        raise ValueError(
            f"no embedding for {', '.join(map(repr, strangers))}; the vocabulary is {', '.join(vocabulary)}"
        )
    if not 0 < len(tokens) <= max_tokens:
        raise ValueError(f"the sentence has {len(tokens)} tokens; it wants 1 to max_tokens = {max_tokens}")
    if not temperature > 0:
        raise ValueError(f"the temperature is {temperature:g}; it divides the scores, and must be positive")
    embeddings = {word: jnp.asarray(vector, jnp.float32) for word, vector in vocabulary.items()}
    w_q, w_k, w_v = (jnp.asarray(matrix, jnp.float32) for matrix in (w_q, w_k, w_v))
    shapes = {vector.shape for vector in embeddings.values()}
    if (
        w_q.ndim != 2
        or w_k.shape != w_q.shape
        or w_v.ndim != 2
        or w_v.shape[0] != w_q.shape[0]
        or shapes != {w_q.shape[:1]}
    ):
        raise ShapeError(
            "widgets.attention",
            got=f"w_q {w_q.shape}, w_k {w_k.shape}, w_v {w_v.shape}, embeddings {sorted(shapes)}",
            want="w_q and w_k of shape (d_model, d_k), w_v of shape (d_model, d_v), embeddings of shape (d_model,)",
        )
    x = jnp.stack([embeddings[token] for token in tokens])
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    start = case(q, k, v, scaled=scaled, causal=causal, temperature=temperature)
    data = {
        "tokens": tokens,
        "vocabulary": {word: numbers(vector) for word, vector in embeddings.items()},
        "w_q": numbers(w_q),
        "w_k": numbers(w_k),
        "w_v": numbers(w_v),
        "scaled": scaled,
        "causal": causal,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "reference": {
            "q": numbers(q),
            "k": numbers(k),
            "v": numbers(v),
            "cases": [
                {name: value if isinstance(value, (bool, float)) else numbers(value) for name, value in each.items()}
                for each in (case(q, k, v, scaled=s, causal=c, temperature=t) for s, c, t in CASES)
            ],
        },
    }
    figure = Figure(weights_map(tokens, start["weights"], causal=causal), alt=alt, caption=caption, label=label)
    return Widget("attention", data, figure, question)


def case(q, k, v, *, scaled: bool, causal: bool, temperature: float) -> dict:
    """Scores, weights and output of one setting of the switches.

    >>> x = jnp.eye(2)
    >>> case(x, x, x, scaled=True, causal=True, temperature=1.0)["weights"][0].tolist()  # the first sees only itself
    [1.0, 0.0]
    """
    mask = causal_mask(q.shape[0]) if causal else jnp.ones((q.shape[0], k.shape[0]), bool)
    scores = jnp.where(mask, attention_scores(q, k) if scaled else unscaled_scores(q, k), -jnp.inf)
    weights = attention_weights(scores / temperature, mask)
    settings = {"scaled": scaled, "causal": causal, "temperature": temperature}
    return {**settings, "scores": scores, "weights": weights, "output": weights @ v}


def weights_map(tokens: Sequence[str], weights, *, causal: bool):
    """The weights as a heat map, a row for each query, with what it may not look at left open.

    >>> picture = weights_map(["I", "am"], np.eye(2), causal=False)
    >>> [label.get_text() for label in picture.axes[0].get_yticklabels()]
    ['I', 'am']
    """
    shown = np.asarray(weights, float)
    if causal:
        shown = np.where(np.tri(len(tokens), dtype=bool), shown, np.nan)
    ax = frames(1, 1, height=60 + 30 * len(tokens))[0, 0]
    heatmaps.heatmap(
        ax,
        shown,
        rows=tokens,
        columns=tokens,
        row_name=("query", "token"),
        column_name=("key", "token"),
        most=1.0,
        numbers=".2f",
    )
    return ax.figure
