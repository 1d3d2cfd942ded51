"""Options of `jax.jit` where a test looks at the program that users get."""

AS_FOR_USERS = {
    "xla_backend_optimization_level": 3,
    "xla_llvm_disable_expensive_passes": False,
}
