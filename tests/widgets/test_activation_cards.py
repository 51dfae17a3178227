"""Every activation has a card, and every card says all that a reader looks up."""

import jax
import jax.numpy as jnp
import pytest

from nnbook.layers import activations
from nnbook.widgets.activation_cards import VECTORS, activation_cards

MEASURED = dict.fromkeys([*activations.ACTIVATIONS, *VECTORS], 0.125)


@pytest.mark.parametrize("name", MEASURED)
def test_a_card_has_formula_slope_values_largest_slope_use_and_weakness(name):
    card = activation_cards([name], MEASURED)
    for part in ("$$f(x) = ", "$$f'(x) = ", "**Values**: ", "**Largest slope**: ", "**Used**: ", "**Weakness**: "):
        assert card.count(part) == 1, part
    assert ("0.125" in card) == (name not in ("glu", "swiglu"))


def test_what_a_formula_abbreviates_stands_on_its_own_line():
    assert r"$$f(x) = x \tanh s$$" + "\n\n" + r"$$s = \ln(1 + e^{x})$$" in activation_cards(["mish"], MEASURED)


def test_a_grid_holds_one_card_for_each_name_and_shows_itself_as_markdown():
    grid = activation_cards(["relu", "softmax"], MEASURED)
    assert grid.count(":::{grid-item-card}") == 2
    assert grid.index("ReLU") < grid.index("softmax")
    assert grid._repr_markdown_() == grid


@pytest.mark.parametrize(("names", "slopes"), [(["relo"], MEASURED), (["relu"], {})])
def test_unknown_names_and_missing_slopes_are_refused(names, slopes):
    with pytest.raises(KeyError):
        activation_cards(names, slopes)


def test_the_slopes_on_the_cards_of_several_inputs_are_right():
    x, temperature = jnp.array([0.3, -1.0, 2.0]), 0.7
    p = activations.softmax(x, temperature)
    by_jax = jax.jacobian(activations.softmax)(x, temperature)
    assert jnp.allclose(by_jax, (jnp.diag(p) - jnp.outer(p, p)) / temperature, atol=1e-6)
    by_jax = jax.jacobian(activations.log_softmax)(x, temperature)
    assert jnp.allclose(by_jax, (jnp.eye(3) - jnp.outer(jnp.ones(3), p)) / temperature, atol=1e-6)
    for function, bend in ((activations.glu, activations.sigmoid), (activations.swiglu, activations.silu)):
        with_value, with_gate = jax.grad(function, argnums=(0, 1))(2.0, 0.5)
        assert jnp.allclose(
            jnp.stack([with_value, with_gate]), jnp.stack([bend(0.5), 2 * jax.grad(bend)(0.5)]), atol=1e-6
        )
