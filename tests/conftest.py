"""Eight devices for every test, on any machine, and the same examples every time."""

import os

from hypothesis import settings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Fewer threads than devices deadlock jax 0.10's all-reduce on the CPU.
os.environ.setdefault("NPROC", "16")
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)

settings.register_profile(
    "steady", max_examples=50, deadline=None, derandomize=True, database=None
)
settings.register_profile("hunt", max_examples=500, deadline=None, database=None)
settings.load_profile("steady")
