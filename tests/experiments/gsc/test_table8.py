"""`experiments.gsc.table8`: its columns beside the paper's."""

import jax
import numpy as np

from experiments.gsc import table8


def test_the_columns_are_the_papers_except_for_the_slope():
    with jax.enable_x64(True):
        found = table8.columns()
    for name in ("H", "-H'", "f"):
        printed = [float(table8.PRINTED[p, name].text) for p in table8.PROBS]
        np.testing.assert_allclose(found[name], printed, atol=6e-4)
    printed = [float(table8.PRINTED[p, "f'"].text) for p in table8.PROBS]
    np.testing.assert_allclose(found[table8.RULE], printed, atol=6e-4)
    for name in (table8.AT_CONSTANT_SIGMA, table8.SLOPE):
        np.testing.assert_allclose(found[name][0], 0, atol=1e-12)
        assert (found[name][3:] < 0).all()
    text = table8.table(found)
    assert len(text.splitlines()) == 11
    assert "| 0.50 | 0.693 (0.693) | 0.000 (0.000) |" in text
    assert " 0.029 (0.029) | -0.236 | -1.447 |" in text
