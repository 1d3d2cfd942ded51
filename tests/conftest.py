"""Settings of all tests: eight CPU devices, two tiers, strict shapes.

The fast tier, `-m "not long"`, compiles for compile time, since most programs of a test
run once. Any other selection, `-m "long or not long"` first, compiles as users do.
"""

import importlib.metadata
import os
import tempfile

from hypothesis import settings
import pytest

FAST = "not long"
FAST_FLAGS = [
    "--xla_backend_optimization_level=0",
    "--xla_llvm_disable_expensive_passes=true",
    "--xla_cpu_parallel_codegen_split_count=1",
]
if importlib.metadata.version("jaxlib") < "0.11":  # later ones have no other emitters
    FAST_FLAGS.append("--xla_cpu_use_fusion_emitters=false")

settings.register_profile(
    "fast", max_examples=5, deadline=None, derandomize=True, database=None
)
settings.register_profile(
    "long", max_examples=50, deadline=None, derandomize=True, database=None
)
settings.register_profile("hunt", max_examples=500, deadline=None, database=None)


def pytest_configure(config):
    """Sets what jax reads when it is imported, which is after this."""
    is_fast = config.option.markexpr == FAST
    flags = ["--xla_force_host_platform_device_count=8"] + is_fast * FAST_FLAGS
    os.environ["XLA_FLAGS"] = " ".join([os.environ.get("XLA_FLAGS", ""), *flags])
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    # Fewer threads than devices deadlock jax 0.10's all-reduce on the CPU.
    os.environ.setdefault("NPROC", "16")
    os.environ.setdefault("JAX_NUMPY_RANK_PROMOTION", "raise")
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:  # shared by the workers of a run
        cache = tempfile.TemporaryDirectory(prefix="jax-cache-")
        config.add_cleanup(cache.cleanup)
        os.environ["JAX_COMPILATION_CACHE_DIR"] = cache.name
        os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
    if config.option.hypothesis_profile is None:
        settings.load_profile("fast" if is_fast else "long")


@pytest.fixture(autouse=True, scope="module")
def clear_caches():
    """Frees the memory of a file's compiled programs."""
    import jax

    yield
    jax.clear_caches()
