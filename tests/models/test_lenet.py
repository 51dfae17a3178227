"""The two LeNet-5: the paper's, with its published counts, and today's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnbook import ShapeError
from nnbook.layers import conv
from nnbook.layers.activations import relu
from nnbook.layers.pool import max_pool
from nnbook.models import lenet, lenet_1998
from nnbook.models.digit_codes import DIGIT_CODES


def size(tree):
    return sum(leaf.size for leaf in jax.tree.leaves(tree))


@pytest.fixture(scope="module")
def of_1998():
    return lenet_1998.init(jax.random.key(0))


@pytest.fixture(scope="module")
def of_today():
    return lenet.init(jax.random.key(0))


class TestAsInThePaper:
    def test_weights_as_published_layer_by_layer(self, of_1998):
        sizes = {name: size(getattr(of_1998, name)) for name in ("c1", "s2", "c3", "s4", "c5", "f6")}
        assert sizes == {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}
        assert size(of_1998) == 60_000

    def test_connections_as_published(self, of_1998):
        counted = lenet_1998.connections(of_1998)
        published = {"C1": 122_304, "S2": 5_880, "C3": 151_600, "S4": 2_000, "C5": 48_120, "F6": 10_164, "output": 840}
        assert counted == published
        assert sum(counted.values()) == 340_908

    def test_table_1(self):
        seen = lenet_1998.SEEN_BY_C3
        assert [len(maps) for maps in seen] == [3] * 6 + [4] * 9 + [6]
        assert sum(map(len, seen)) == 60
        assert len(set(seen)) == 16
        # Each map of S2 is seen by ten maps of C3.
        assert [sum(source in maps for maps in seen) for source in range(6)] == [10] * 6
        # Runs of three and of four go round the circle of six maps.
        for start in range(6):
            assert set(seen[start]) == {start, (start + 1) % 6, (start + 2) % 6}
            assert set(seen[6 + start]) == {(start + step) % 6 for step in range(4)}

    def test_a_map_of_c3_feels_only_the_maps_it_sees(self, of_1998):
        params = of_1998

        def c3(s2):
            whole = lenet_1998._spread_out(params.c3)
            return conv.convolve(whole.w, s2, padding="VALID")[4, 4]

        slopes = jax.jit(jax.jacobian(c3))(jnp.zeros((14, 14, 6)))  # (16, 14, 14, 6)
        feels = np.asarray((slopes != 0).any(axis=(1, 2)))
        assert [tuple(row.nonzero()[0]) for row in feels] == list(lenet_1998.SEEN_BY_C3)

    def test_subsampling_by_hand(self, of_1998):
        x = jax.random.normal(jax.random.key(1), (32, 32, 1))
        seen = jax.jit(lenet_1998.steps)(of_1998, x)
        c1, factor, b = np.asarray(seen.c1), np.asarray(of_1998.s2.factor), np.asarray(of_1998.s2.b)
        sums = c1[::2, ::2] + c1[1::2, ::2] + c1[::2, 1::2] + c1[1::2, 1::2]
        np.testing.assert_allclose(seen.s2, 1.7159 * np.tanh(2 / 3 * (factor * sums + b)), rtol=1e-4, atol=1e-5)

    def test_penalties_are_distances_from_the_codes(self, of_1998):
        seen = jax.jit(lenet_1998.steps)(of_1998, jnp.ones((32, 32, 1)))
        want = [((np.asarray(seen.f6) - code) ** 2).sum() for code in DIGIT_CODES]
        np.testing.assert_allclose(seen.penalties, want, rtol=1e-5)

    def test_squashing_keeps_one_and_bends_most_there(self):
        ones = jnp.array([1.0, -1.0])
        np.testing.assert_allclose(lenet_1998.squash(ones), ones, atol=1e-4)
        bend = jax.vmap(jax.grad(jax.grad(lenet_1998.squash)))(jnp.linspace(0, 4, 401))
        assert float(jnp.linspace(0, 4, 401)[jnp.abs(bend).argmax()]) == pytest.approx(1, abs=0.02)

    def test_weights_keep_their_bounds(self, of_1998):
        for w, seen in ((of_1998.c1.w, 25), (of_1998.c5.w, 400), (of_1998.f6.w, 120), (of_1998.s4.factor, 4)):
            assert jnp.abs(w).max() <= 2.4 / seen
            assert jnp.abs(w).max() > 0.7 * 2.4 / seen
        assert jnp.abs(of_1998.c3.w[..., :18]).max() <= 2.4 / 75
        assert jnp.abs(of_1998.c3.w[..., -6:]).max() <= 2.4 / 150

    def test_codes_are_pictures_apart_from_each_other(self):
        assert DIGIT_CODES.shape == (10, 7 * 12)
        assert set(np.unique(DIGIT_CODES)) == {-1.0, 1.0}
        unlike = (DIGIT_CODES[:, None] != DIGIT_CODES[None]).sum(-1)
        assert unlike[~np.eye(10, dtype=bool)].min() >= 4
        # Rows of 0 and 8, mirrored, are themselves: the pictures are read the right way round.
        for digit in (0, 8):
            picture = DIGIT_CODES[digit].reshape(12, 7)
            np.testing.assert_array_equal(picture, picture[:, ::-1])

    @pytest.mark.usefixtures("untyped")
    def test_bad_input(self, of_1998):
        with pytest.raises(ShapeError, match=r"^lenet_1998: got x of shape \(28, 28, 1\).*pad MNIST by two pixels"):
            lenet_1998.apply(of_1998, jnp.ones((28, 28, 1)))
        with pytest.raises(TypeError, match="lenet_1998: got x of dtype int32; wants floats"):
            lenet_1998.apply(of_1998, jnp.ones((32, 32, 1), int))
        with pytest.raises(TypeError, match=r"^lenet_1998\.init: got key of type int"):
            lenet_1998.init(0)


class TestAsToday:
    def test_parameters(self, of_today):
        sizes = [size(getattr(of_today, name)) for name in ("c1", "c3", "c5", "f6", "output")]
        assert sizes == [156, 2_416, 48_120, 10_164, 850]
        assert sum(sizes) == 61_706

    def test_steps_are_the_general_layers_one_after_the_other(self, of_today):
        x = jax.random.normal(jax.random.key(1), (28, 28, 1))

        @jax.jit
        def slow(params, x):
            x = max_pool(relu(conv.apply(params.c1, x, padding=[(2, 2), (2, 2)])), window=2, stride=2)
            x = max_pool(relu(conv.apply(params.c3, x, padding="VALID")), window=2, stride=2).reshape(-1)
            x = relu(params.c5.w @ x + params.c5.b)
            return params.output.w @ relu(params.f6.w @ x + params.f6.b) + params.output.b

        np.testing.assert_allclose(jax.jit(lenet.apply)(of_today, x), slow(of_today, x), rtol=1e-4, atol=1e-5)

    def test_batches(self, of_today):
        x = jax.random.normal(jax.random.key(2), (3, 28, 28, 1))
        batch = jax.jit(jax.vmap(lenet.apply, in_axes=(None, 0)))(of_today, x)
        np.testing.assert_allclose(batch[1], jax.jit(lenet.apply)(of_today, x[1]), rtol=1e-4, atol=1e-5)

    @pytest.mark.usefixtures("untyped")
    def test_bad_input(self, of_today):
        with pytest.raises(ShapeError, match=r"^lenet: got x of shape \(28, 28\).*x\[\.\.\., None\]"):
            lenet.apply(of_today, jnp.ones((28, 28)))
        with pytest.raises(ShapeError, match=r"^lenet: got x of shape \(32, 32, 1\).*crop the frame"):
            lenet.apply(of_today, jnp.ones((32, 32, 1)))
        with pytest.raises(TypeError, match="lenet: got x of dtype int32; wants floats"):
            lenet.apply(of_today, jnp.ones((28, 28, 1), int))
        with pytest.raises(TypeError, match=r"^lenet\.init: got key of type int"):
            lenet.init(0)
