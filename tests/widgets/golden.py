"""Write the numbers that the browser's kernels must reproduce: `python -m tests.widgets.golden`.

They are computed by `nnbook` and JAX and stored under book/widgets/golden/, which is not committed. All are float32 but
those of the activations: float32's own rounding costs mish and GELU more than 1e-6 of their slopes, so they run in float64.
"""

import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from nnbook.layers import neuron
from nnbook.layers.activations import ACTIVATIONS, glu, log_softmax, softmax, swiglu
from nnbook.layers.attention import attention_scores, attention_weights, unscaled_scores
from nnbook.layers.masks import causal_mask

GOLDEN = Path(__file__).parents[2] / "book" / "widgets" / "golden"


def main() -> None:
    """Write one file for each family of kernels."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for family, cases in {
        "activations": activation_cases(),
        "gates": gate_cases(),
        "linear": linear_cases(),
        "softmax": softmax_cases(),
        "attention": attention_cases(),
        "neuron": neuron_cases(),
    }.items():
        (GOLDEN / f"{family}.json").write_text(json.dumps(cases, allow_nan=False) + "\n", encoding="utf-8")


def activation_cases() -> list[dict]:
    """Every activation and its slope by `jax.grad`: near the corners and on them, in the middle, and far out."""
    with jax.enable_x64(True):
        return _activation_cases()


def _activation_cases() -> list[dict]:
    corners = [-8.0, -6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0, 8.0]
    inputs = np.concatenate([corners, np.linspace(-7, 7, 141), [-80.0, -30.0, -15.0, 15.0, 30.0, 80.0]])
    x = jnp.asarray(inputs.astype(np.float32), jnp.float64)
    return [
        {
            "name": name,
            "x": plain(x),
            "value": plain(each.function(x)),
            "slope": plain(jax.vmap(jax.grad(each.function))(x)),
        }
        for name, each in ACTIVATIONS.items()
    ]


def gate_cases() -> list[dict]:
    """GLU and SwiGLU of two vectors."""
    value, gate = numbers(1, 2, 33)
    return [
        {"name": "glu", "value": plain(value), "gate": plain(gate), "want": plain(glu(value, gate))},
        {"name": "swiglu", "value": plain(value), "gate": plain(gate), "want": plain(swiglu(value, gate))},
    ]


def linear_cases() -> list[dict]:
    """Products of matrices, of one number up to 64 terms a sum; the first row times the first column is a dot product."""
    cases = []
    for seed, (rows, inner, columns) in enumerate([(1, 1, 1), (2, 3, 4), (5, 64, 3), (8, 17, 8)]):
        a, b = numbers(10 + seed, rows, inner), numbers(20 + seed, inner, columns)
        sizes = {"rows": rows, "inner": inner, "columns": columns}
        product = jnp.matmul(a, b, precision="highest")
        cases.append(
            sizes
            | {"a": plain(a.ravel()), "b": plain(b.ravel()), "bt": plain(b.T.ravel()), "want": plain(product.ravel())}
        )
    return cases


def softmax_cases() -> list[dict]:
    """Small and large logits, temperatures, masks, one class, equal logits, and a row with nothing to look at (null)."""
    ordinary = numbers(30, 7)
    rows = [
        (ordinary, 1.0, None),
        (ordinary, 0.25, None),
        (ordinary, 4.0, [1, 0, 1, 1, 0, 0, 1]),
        (ordinary * 40 + 500, 1.0, None),
        (jnp.zeros(5), 1.0, None),
        (jnp.asarray([3.0]), 1.0, None),
        (ordinary, 1.0, [0] * 7),
    ]
    cases = []
    for logits, temperature, mask in rows:
        seen = jnp.ones(logits.shape, bool) if mask is None else jnp.asarray(mask, bool)
        want = attention_weights((logits / temperature)[None], seen[None])[0]
        case = {"logits": plain(logits), "temperature": temperature, "mask": mask, "want": plain(want)}
        if mask is None:
            np.testing.assert_allclose(want, softmax(logits, temperature), rtol=1e-6, atol=1e-7)
            case["log"] = plain(log_softmax(logits))
        cases.append(case)
    return cases


def attention_cases() -> list[dict]:
    """One head over self- and cross-attention: scores, weights, output, in every position of the three switches."""
    cases = []
    for seed, (t, s, dk, dv) in enumerate([(4, 4, 4, 4), (1, 1, 2, 3), (8, 8, 16, 5), (3, 6, 4, 2)]):
        q, k, v = numbers(40 + seed, t, dk), numbers(50 + seed, s, dk), numbers(60 + seed, s, dv)
        for scaled in (True, False):
            for causal in (False, True) if t == s else (False,):
                for temperature in (1.0, 0.5, 2.0):
                    scores = (attention_scores if scaled else unscaled_scores)(q, k)
                    mask = causal_mask(t) if causal else jnp.ones((t, s), bool)
                    weights = attention_weights(scores / temperature, mask)
                    cases.append(
                        {
                            "t": t,
                            "s": s,
                            "dk": dk,
                            "dv": dv,
                            "scale": scaled,
                            "causal": causal,
                            "temperature": temperature,
                        }
                        | {"q": plain(q.ravel()), "k": plain(k.ravel()), "v": plain(v.ravel())}
                        | {"scores": plain(jnp.where(mask, scores, -jnp.inf).ravel())}
                        | {"weights": plain(weights.ravel()), "output": plain((weights @ v).ravel())}
                    )
    return cases


def neuron_cases() -> list[dict]:
    """One neuron of two inputs with each activation."""
    cases = []
    points = numbers(70, 6, 2)
    for w, b in [((1.0, 1.0), -1.5), ((-2.2, 0.7), 0.35), ((0.0, 0.0), 0.0), ((0.1, -3.0), 0.3)]:
        unit = neuron.Neuron(w=jnp.asarray(w), b=jnp.asarray(b))
        z = jax.vmap(neuron.pre_activation, in_axes=(None, 0))(unit, points)
        y = {name: plain(ACTIVATIONS[name].function(z)) for name in ("step", "sigmoid", "tanh", "relu")}
        cases.append({"w": w, "b": b, "points": np.asarray(points, float).tolist(), "z": plain(z), "y": y})
    return cases


def numbers(seed: int, *shape: int) -> jax.Array:
    """Standard normal float32 numbers."""
    return jax.random.normal(jax.random.key(seed), shape, jnp.float32)


def plain(array) -> list:
    """A list of numbers, each exact; JSON has no infinities and no NaN, so −∞ and ∞ are strings and NaN is null."""
    return [None if math.isnan(x) else repr(x) if math.isinf(x) else x for x in np.asarray(array, float).tolist()]


if __name__ == "__main__":
    main()
