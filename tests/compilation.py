"""Compiler options of users, for tests that look at the compiled program."""

import importlib.metadata

AS_FOR_USERS = {
    "xla_backend_optimization_level": 3,
    "xla_llvm_disable_expensive_passes": False,
}
if importlib.metadata.version("jaxlib") < "0.11":  # later ones have no other emitters
    AS_FOR_USERS["xla_cpu_use_fusion_emitters"] = True
