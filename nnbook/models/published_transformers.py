"""Models of the literature at their published sizes, to count their parameters without making a single one.

`jax.eval_shape` follows `init` through its shapes only, so the 175 billion of GPT-3 cost no memory. The counts are the
published models'; not all that has no parameters is: GPT's code approximates GELU and leaves the factor √d_model out.
"""

import difflib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import jax
from jaxtyping import Array, Key, PyTree

from nnbook.layers import biased_multi_head, feed_forward
from nnbook.models import bert, block, decoder, seq2seq, vit


@dataclass(frozen=True)
class Published:
    """A model at its published size: how it is drawn, what its source prints, and why our count is another, if it is.

    >>> PUBLISHED["Transformer base"].printed
    '65 million'
    """

    draw: Callable[[Key[Array, ""]], PyTree]
    printed: str
    source: str
    remark: str = ""


_GPT_BLOCK = partial(block.init, attention=biased_multi_head.init, feed_forward=feed_forward.init_gelu)
_BASE = {"vocabulary": 37000, "context": 512, "d_model": 512, "heads": 8, "layers": 6, "d_hidden": 2048}
_BIG = _BASE | {"d_model": 1024, "heads": 16, "d_hidden": 4096}
_VOCABULARY = "the paper says about 37,000 tokens, taken here as exactly that, and no biases in attention"

PUBLISHED: dict[str, Published] = {
    "Transformer base": Published(
        partial(seq2seq.init, **_BASE), "65 million", "Vaswani et al. (2017), table 3", _VOCABULARY
    ),
    "Transformer base with biases": Published(
        partial(
            seq2seq.init,
            **_BASE,
            blocks=partial(block.init, attention=biased_multi_head.init),
            cross_blocks=partial(block.init_cross, attention=biased_multi_head.init),
        ),
        "65 million",
        "Vaswani et al. (2017), table 3",
        "as most libraries build it: with biases in attention, which the paper's equations do not have",
    ),
    "Transformer big": Published(
        partial(seq2seq.init, **_BIG), "213 million", "Vaswani et al. (2017), table 3", _VOCABULARY
    ),
    "BERT base": Published(
        partial(bert.init, vocabulary=30522, context=512, d_model=768, heads=12, layers=12, d_hidden=3072),
        "110 million",
        "Devlin et al. (2019), section 3",
        "with the pooler",
    ),
    "BERT large": Published(
        partial(bert.init, vocabulary=30522, context=512, d_model=1024, heads=16, layers=24, d_hidden=4096),
        "340 million",
        "Devlin et al. (2019), section 3",
        "with the pooler; the paper rounds up",
    ),
    "GPT-2 small": Published(
        partial(
            decoder.init,
            vocabulary=50257, context=1024, d_model=768, heads=12, layers=12, d_hidden=3072, blocks=_GPT_BLOCK,
        ),
        "117 million",
        "Radford et al. (2019), table 2",
        "the report's number is too low, as its authors said later: 124 million",
    ),
    "GPT-3": Published(
        partial(
            decoder.init,
            vocabulary=50257, context=2048, d_model=12288, heads=96, layers=96, d_hidden=49152, blocks=_GPT_BLOCK,
        ),
        "175.0 billion",
        "Brown et al. (2020), table 2.1",
        "with the output layer tied to the embedding",
    ),
    "ViT-B/16": Published(
        partial(
            vit.init,
            image=(224, 224, 3), patch=(16, 16), classes=1000, d_model=768, heads=12, layers=12, d_hidden=3072,
        ),
        "86 million",
        "Dosovitskiy et al. (2021), table 1",
        "with a classifier for the 1000 classes of ImageNet",
    ),
}  # fmt: skip


def shapes(name: str) -> PyTree:
    """Give the params of a published model as shapes and dtypes, not one number of which is made.

    Raises ValueError for a name that is not in PUBLISHED, with the nearest one that is.

    >>> shapes("BERT base").pooler.w.shape
    (768, 768)
    """
    if name not in PUBLISHED:
        near = difflib.get_close_matches(name, PUBLISHED, n=1, cutoff=0)
        raise ValueError(f"published: {name!r} is not known; did you mean {near[0]!r}?")
    return jax.eval_shape(PUBLISHED[name].draw, jax.random.key(0))


def count(name: str) -> int:
    """Count the parameters of a published model: every number that its training changes.

    Raises as `shapes` does.

    >>> f"{count('GPT-2 small'):,}"
    '124,439,808'
    """
    return sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes(name)))
