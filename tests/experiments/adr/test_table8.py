"""`experiments.adr.table8`: its networks and the flip of a clip; nothing is trained."""

import jax
import jax.numpy as jnp
import numpy as np

from experiments.adr import table8
from experiments.harness.table import cells_of


def test_table8_has_10_networks_in_two_protocols_and_two_inputs():
    contents = table8.PAGE.cells(table8.PAGE.rows, [*table8.PAGE.stands_for])
    runs = {
        cell.run.identity: cell.run for x in contents.values() for cell in cells_of(x)
    }
    assert len(runs) == 10
    datasets = [run.recipe.data.dataset for run in runs.values()]
    train = [dataset.sizes["train"] for dataset in datasets]
    assert train.count(40_320) == train.count(37_920) == 5
    assert [dataset.standardize for dataset in datasets].count(None) == 2
    for key in table8.PAGE.printed:  # each printed number has a network
        assert contents[key] is not None


def test_the_gains_are_those_of_the_text():
    printed = {k: float(x.text) for k, x in table8.PAGE.printed.items()}
    for tau, column, gain in ((3, "X-Sub", 0.69), (2, "X-View", 0.55)):
        with_adr = printed[f"CE+ADR, GSC form, tau {tau}", column]
        np.testing.assert_allclose(with_adr - printed["CE", column], gain, atol=1e-9)


def test_a_flip_mirrors_all_frames_of_a_clip_or_none():
    clip = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    keys = jax.random.split(jax.random.key(0), 20)
    found = np.asarray(jax.vmap(table8.flip_clip, in_axes=(0, None))(keys, clip))
    is_same = np.all(found == clip, axis=(1, 2, 3, 4))
    is_mirrored = np.all(found == clip[:, :, ::-1], axis=(1, 2, 3, 4))
    assert (is_same ^ is_mirrored).all() and is_same.any() and is_mirrored.any()


def test_three_frames_lie_between_minus_1_and_1():
    dataset = table8.on_frames(table8.recipe("cross-view")).data.dataset
    ends = jnp.array([0, 255, 255], jnp.uint8).reshape(1, 1, 1, 3)
    np.testing.assert_allclose(dataset.normalize(ends).ravel(), [-1, 1, 1], rtol=1e-6)
