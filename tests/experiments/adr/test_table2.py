"""`experiments.adr.table2`: its rows and the losses of OLS; nothing is trained."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from adrjax import Outputs, losses, regularizers
from experiments.adr import table2
from experiments.harness.method import total
from experiments.harness.table import cells_of


def test_table2_has_9_networks_that_start_from_torchvision():
    cells = [table2.cell(row, ("test/top1", "last")) for row in table2.ROWS]
    runs = [cell.run for content in cells for cell in cells_of(content)]
    assert len({run.identity for run in runs}) == len(runs) == 9
    start = table2.FLOWERS.start
    assert len(start.sha256) == 64
    assert start.file == f"resnet50-{start.sha256[:8]}.pth"


@pytest.mark.parametrize(
    ("row", "gain", "gain_of_gsc"),
    [("CE", 1.47, 1.67), ("LS", 1.00, 0.70), ("OLS", 0.37, 0.63)],
)
def test_the_gains_of_adr_and_gsc_are_over_different_rows(row, gain, gain_of_gsc):
    def top1(row):
        return float(table2.PAGE.printed[row, "top1"].text)

    with_adr = top1(f"{row}+ADR, GSC form")
    assert with_adr - top1(row) == pytest.approx(gain)
    assert with_adr - top1(f"{row}, Zhang et al.") == pytest.approx(gain_of_gsc)


def test_ols_is_weighted_twice_and_the_regularizer_once():
    logits = np.random.default_rng(0).normal(size=(1, 4, 102)).astype(np.float32)
    labels = np.arange(4, dtype=np.int32)[None]
    outputs = Outputs(logits, logits)
    rows = ("OLS", "OLS+ADR, GSC form", "OLS+ADR, Eq. (4)")

    @jax.jit
    def found(outputs, labels):
        values = []
        for row in rows:
            loss = total(table2.ROWS[row].objectives(outputs, labels)[0])
            apply = jax.vmap(loss.apply, in_axes=(None, 0, 0), axis_name="batch")
            values.append(apply(loss.init(), outputs, labels)[0])
        return values

    @jax.jit
    def expected(logits, labels):
        uniform = jnp.full(logits.shape, 1 / 102)
        first = losses.cross_entropy(logits, labels)
        ols = first + losses.cross_entropy(logits, uniform)
        gsc = regularizers.gsc(logits, top_c=11)
        return ols, ols + 0.005 * gsc, ols + 0.005 * regularizers.adr(logits, tau=11)

    ours, theirs = found(outputs, labels), expected(logits, labels)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-5)
