"""The kinds of attention with learned weights, for what works with any of them: blocks and caches.

A record's type says its kind: without biases, with them, or with keys and values shared by groups of heads.
"""

from types import ModuleType

from nnbook.layers import biased_multi_head, grouped_query, multi_head
from nnbook.layers.biased_multi_head import BiasedMultiHeadAttention
from nnbook.layers.grouped_query import GroupedQueryAttention
from nnbook.layers.multi_head import MultiHeadAttention

Attention = MultiHeadAttention | BiasedMultiHeadAttention | GroupedQueryAttention

_MODULES: dict[type, ModuleType] = {
    MultiHeadAttention: multi_head,
    BiasedMultiHeadAttention: biased_multi_head,
    GroupedQueryAttention: grouped_query,
}


def module_of(where: str, params: Attention) -> ModuleType:
    """Give the module whose functions take this record: each has `apply` and `apply_cross`.

    Raises TypeError, naming where, for a record that is none of the three.

    >>> import jax
    >>> layer = jax.eval_shape(lambda: grouped_query.init(jax.random.key(0), d_model=8, heads=4, kv_heads=2))
    >>> module_of("block", layer).__name__
    'nnbook.layers.grouped_query'
    """
    if type(params) not in _MODULES:
        *kinds, last = [kind.__name__ for kind in _MODULES]
        raise TypeError(
            f"{where}: got attention of type {type(params).__name__}; wants {', '.join(kinds)} or {last}. "
            "Hint: these are what the init of multi_head, biased_multi_head and grouped_query draw"
        )
    return _MODULES[type(params)]
