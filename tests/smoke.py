"""A few lines of adrjax where only its core requirements are installed.

`tests/test_wheel.py` and the release run it with the Python of a bare environment. The
clone is not on the path of a script in `tests`, so it imports the installed package.
"""

import pathlib
import sys

import jax
import jax.numpy as jnp

import adrjax
from adrjax import losses, regularizers

package = pathlib.Path(adrjax.__file__).parent
assert "site-packages" in package.parts, package
assert (package / "py.typed").exists()

logits, labels = jnp.array([[2.0, 1.0, -1.0], [0.0, 3.0, 2.9]]), jnp.array([0, 2])


def objective(logits):
    values = losses.cross_entropy(logits, labels) + 0.05 * regularizers.adr(logits)
    return values.mean()


value, gradient = jax.jit(jax.value_and_grad(objective))(logits)
assert jnp.isfinite(value) and jnp.isfinite(gradient).all()
assert gradient.shape == logits.shape and jnp.any(gradient != 0)

assert "flax" not in sys.modules
try:
    import adrjax.heads
except ModuleNotFoundError as error:
    expected = "adrjax.heads needs flax, which is not installed: install adrjax[models]"
    assert str(error) == expected, error
else:
    raise AssertionError("adrjax.heads is imported: the environment is not bare")

print(f"adrjax {adrjax.__version__}, jax {jax.__version__}: {value:.4f}")
