"""List every page: what it reproduces, its command, what it needs and how long it takes.

python -m experiments
"""

from collections.abc import Mapping
import importlib
import pkgutil
from types import ModuleType

from rich.console import Console

import experiments
from experiments.command import command_line
from experiments.harness import Figure, Table


def pages() -> Mapping[str, ModuleType]:
    """Returns the modules of all pages by name, without `experiments.`.

    A page has a `PAGE`, or a command line that is not the harness's and `NEEDS`.
    """
    found = {}
    for module in pkgutil.walk_packages(experiments.__path__, "experiments."):
        if module.ispkg or module.name == "experiments.__main__":
            continue
        page = importlib.import_module(module.name)
        if is_of_harness(page) or hasattr(page, "NEEDS"):
            found[module.name.removeprefix("experiments.")] = page
    return dict(sorted(found.items()))


def is_of_harness(module: ModuleType) -> bool:
    """Returns whether a module has a `PAGE`."""
    return isinstance(getattr(module, "PAGE", None), Table | Figure)


def description(name: str, module: ModuleType) -> str:
    """Returns the title of a page, its command, what it needs and how long it takes."""
    title = (module.__doc__ or name).splitlines()[0]
    lines = [title, f"python -m experiments.{name}"]
    if not is_of_harness(module):
        return "\n  ".join([*lines, module.NEEDS])
    page = module.PAGE
    lines += [page.needs, f"In full: {page.full}"]
    if page.reduced is not None:
        lines.append(f"--reduced: {page.reduced}")
    return "\n  ".join(lines)


def main() -> None:
    """Prints the list."""
    console = Console(highlight=False, markup=False)
    with command_line():
        for name, module in pages().items():
            console.print(f"{description(name, module)}\n", soft_wrap=True)


if __name__ == "__main__":
    main()
