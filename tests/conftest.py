"""Eight devices for every test, on any machine."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
# Fewer threads than devices deadlock jax 0.10's all-reduce on the CPU.
os.environ.setdefault("NPROC", "16")
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)
