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
    """Returns the modules of all pages by name, without `experiments.`."""
    found = {}
    for module in pkgutil.walk_packages(experiments.__path__, "experiments."):
        if module.ispkg or module.name == "experiments.__main__":
            continue
        page = importlib.import_module(module.name)
        if isinstance(getattr(page, "PAGE", None), Table | Figure):
            found[module.name.removeprefix("experiments.")] = page
    return dict(sorted(found.items()))


def description(name: str, module: ModuleType) -> str:
    """Returns the title of a page, its command, what it needs and how long it takes."""
    page = module.PAGE
    lines = [f"python -m experiments.{name}", page.needs, f"In full: {page.full}"]
    if page.reduced is not None:
        lines.append(f"--reduced: {page.reduced}")
    title = (module.__doc__ or name).splitlines()[0]
    return "\n  ".join([title, *lines])


def main() -> None:
    """Prints the list."""
    console = Console(highlight=False, markup=False)
    with command_line():
        for name, module in pages().items():
            console.print(f"{description(name, module)}\n", soft_wrap=True)


if __name__ == "__main__":
    main()
