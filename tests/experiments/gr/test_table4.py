"""`experiments.gr.table4`: its losses, and its cells."""

import jax
import numpy as np

from adrjax import losses
from experiments.gr import table4
from experiments.harness import Quoted

# Probabilities of the label of two classes: 0.9, 0.8, 0.4 and 0.1.
P = np.array([0.9, 0.8, 0.4, 0.1])
LOGITS = np.stack([np.log(P), np.log1p(-P)], axis=-1).astype(np.float32)
LABELS = np.zeros(4, int)


def test_self_paced_leaves_out_losses_above_the_moving_average():
    loss = table4.self_paced(percentile=0.7, decay=0.5)
    apply = jax.jit(loss.apply)
    values, threshold = apply(loss.init(), LOGITS, LABELS)
    plain = -np.log(P)
    first = np.percentile(plain, 70)
    np.testing.assert_allclose(threshold, first, rtol=1e-5)
    np.testing.assert_allclose(values, np.where(plain <= first, plain, 0), rtol=1e-5)
    _, threshold = apply(2 * threshold, LOGITS, LABELS)
    np.testing.assert_allclose(threshold, 1.5 * first, rtol=1e-5)


def test_self_paced_has_one_threshold_on_two_devices():
    loss = table4.self_paced(percentile=0.7, decay=0.5, axis_name="batch")
    apply = jax.jit(jax.vmap(loss.apply, (None, 0, 0), axis_name="batch"))
    values, thresholds = apply(
        loss.init(), LOGITS.reshape(2, 2, 2), LABELS.reshape(2, 2)
    )
    whole = table4.self_paced(percentile=0.7, decay=0.5)
    expected, threshold = jax.jit(whole.apply)(whole.init(), LOGITS, LABELS)
    np.testing.assert_allclose(values.ravel(), expected, rtol=1e-6)
    np.testing.assert_allclose(thresholds, [threshold] * 2, rtol=1e-6)


def test_the_weights_of_focal_loss_are_not_differentiated():
    def total(logits):
        return table4.focal_weights(logits, LABELS, gamma=2.0).sum()

    gradient = jax.jit(jax.grad(total))(LOGITS)
    expected = (1 - P) ** 2 * (P - 1)
    np.testing.assert_allclose(gradient[:, 0], expected, rtol=1e-4)


def test_pruned_gce_is_gce_before_its_first_epoch_and_then_prunes():
    loss = table4.pruned_gce(q=0.7, threshold=0.5, first_epoch=1)

    @jax.jit
    def gradients(logits):
        def pruned(logits, state):
            return loss.apply(state, logits, LABELS)[0].sum()

        def plain(logits):
            return losses.generalized_cross_entropy(logits, LABELS, q=0.7).sum()

        first = loss.init()
        states = first, loss.end_epoch(first)
        found = [jax.grad(pruned)(logits, state) for state in states]
        return jax.grad(plain)(logits), *found

    plain, before, after = gradients(LOGITS)
    np.testing.assert_allclose(before, plain, rtol=1e-5)
    np.testing.assert_allclose(after, plain * (P > 0.5)[:, None], rtol=1e-5)


def test_table4_trains_ten_rows_and_quotes_three():
    cells = [table4.cell(row, 0.4) for row in table4.ROWS]
    assert sum(isinstance(x, Quoted) for x in cells) == 3
    assert len({x.run.identity for x in cells if not isinstance(x, Quoted)}) == 10


def test_gr_is_at_most_2_points_better_than_gce_up_to_40_percent():
    printed = table4.PAGE.printed
    gains = [
        float(printed["GoogLeNet, GR", x].text)
        - float(printed["GoogLeNet, GCE", x].text)
        for x in table4.COLUMNS
    ]
    np.testing.assert_allclose(gains, [0.02, 0.02, 0.01, 0.07])
