"""The formulas as the papers print them, in plain `jax.numpy`.

One function a formula, with the name, arguments and keywords of the function in
`adrjax`. They have no checks and no rules for gradients, and overflow where the printed
formula does. The tests compare `adrjax` with their float64 autodiff; the benchmarks
compare its time and memory with theirs.
"""
