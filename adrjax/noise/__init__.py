"""Label noise: wrong labels made on purpose, and which they are."""

from adrjax.noise._symmetric import symmetric as symmetric
