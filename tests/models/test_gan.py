"""Generator and discriminator are multilayer perceptrons, and coverage counts what a reader would count."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.data.points import ring_centres, ring_of_gaussians
from nnbook.models import gan, mlp


def test_sizes(key):
    players = gan.init(key, latent=3, features=2, hidden=(5, 4))
    assert [layer.w.shape for layer in players.generator.layers] == [(5, 3), (4, 5), (2, 4)]
    assert [layer.w.shape for layer in players.discriminator.layers] == [(5, 2), (4, 5), (1, 4)]
    assert not jnp.allclose(players.generator.layers[1].w, players.discriminator.layers[1].w)


def test_they_are_multilayer_perceptrons(key):
    players = gan.init(key, latent=3, features=2, hidden=(5,))
    z = jnp.array([0.5, -1.0, 2.0])
    x = gan.generate(players.generator, z)
    np.testing.assert_array_equal(x, mlp.apply(players.generator, z))
    np.testing.assert_array_equal(gan.discriminate(players.discriminator, x), mlp.apply(players.discriminator, x)[0])


def test_samples_are_generated_from_standard_normal_noise(key):
    generator = gan.init(key, latent=3, features=2, hidden=(5,)).generator
    want = gan.generate(generator, jax.random.normal(key, (3,)))
    np.testing.assert_array_equal(gan.sample(generator, key=key), want)


def test_real_data_cover_every_mode(key):
    found = gan.coverage(ring_of_gaussians(key, examples=4000).inputs, ring_centres())
    assert int(found.num_modes) == 8
    assert float(found.share_near) == pytest.approx(1 - np.exp(-4.5), abs=0.006)
    np.testing.assert_allclose(found.shares, 0.989 / 8, atol=0.01)


def test_coverage_of_some_modes():
    centres = ring_centres()
    samples = jnp.concatenate([jnp.tile(centres[2:3], (60, 1)), jnp.tile(centres[5:6], (39, 1)), jnp.zeros((1, 2))])
    found = gan.coverage(samples, centres)
    np.testing.assert_allclose(found.shares, [0, 0, 0.6, 0, 0, 0.39, 0, 0], atol=1e-6)
    assert int(found.num_modes) == 2
    assert float(found.share_near) == pytest.approx(0.99)
    assert int(gan.coverage(samples, centres, least=0.5).num_modes) == 1


def test_a_sample_counts_for_its_nearest_centre_only():
    centres = jnp.array([[0.0, 0.0], [1.0, 0.0]])
    found = gan.coverage(jnp.array([[0.4, 0.0]]), centres, within=5.0)
    assert found.shares.tolist() == [1.0, 0.0]


@pytest.mark.usefixtures("untyped")
class TestBadInput:
    def test_init_and_sample(self, key):
        with pytest.raises(TypeError, match=r"gan\.init: got key of type int"):
            gan.init(0, latent=2, features=2)
        with pytest.raises(ValueError, match=r"got sizes\[0\]=0; wants at least 1"):
            gan.init(key, latent=0, features=2)
        with pytest.raises(TypeError, match=r"gan\.sample: got key of type int"):
            gan.sample(gan.init(key, latent=2, features=2, hidden=()).generator, key=0)

    @pytest.mark.parametrize(("samples", "centres"), [((4, 2), (8, 3)), ((0, 2), (8, 2)), ((2,), (8, 2))])
    def test_coverage(self, samples, centres):
        with pytest.raises(ShapeError, match=r"coverage: got samples of shape .*one point a row"):
            gan.coverage(jnp.ones(samples), jnp.ones(centres))
