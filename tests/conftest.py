"""Eight devices for every test, on any machine, and the same examples every time.

Most programs of a test run once. LLVM compiles them in haste, which rounds a sum of
products otherwise at most, and what one process has compiled the others read.
"""

import os
import tempfile

from hypothesis import settings
import pytest

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Fewer threads than devices deadlock jax 0.10's all-reduce on the CPU.
os.environ.setdefault("NPROC", "16")
os.environ["XLA_FLAGS"] = " ".join(
    [
        os.environ.get("XLA_FLAGS", ""),
        "--xla_force_host_platform_device_count=8",
        "--xla_backend_optimization_level=0",
        "--xla_llvm_disable_expensive_passes=true",
    ]
)
if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
    compiled = tempfile.TemporaryDirectory(prefix="compiled-")  # until the tests end
    os.environ["JAX_COMPILATION_CACHE_DIR"] = compiled.name
    os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"


@pytest.fixture(autouse=True, scope="module")
def forget():
    """Drops what a file has compiled, which would fill the memory in the end."""
    import jax

    yield
    jax.clear_caches()


settings.register_profile(
    "steady", max_examples=50, deadline=None, derandomize=True, database=None
)
settings.register_profile("hunt", max_examples=500, deadline=None, database=None)
settings.load_profile("steady")
