"""List every page: what it reproduces, its command, and what it needs.

python -m experiments
"""

import importlib
import pkgutil

from rich.console import Console

import experiments
from experiments.command import command_line


def pages() -> dict[str, tuple[str, str]]:
    """Returns the title and the requirements of each page, by its name."""
    found = {}
    for module in pkgutil.walk_packages(experiments.__path__, "experiments."):
        if module.ispkg or module.name == "experiments.__main__":
            continue
        page = importlib.import_module(module.name)
        table = getattr(page, "TABLE", None)
        needs = getattr(page, "NEEDS", None) if table is None else table.needs
        if needs:
            name = module.name.removeprefix("experiments.")
            found[name] = ((page.__doc__ or "").splitlines()[0], needs)
    return found


def main() -> None:
    console = Console(highlight=False)
    with command_line():
        for name, (title, needs) in sorted(pages().items()):
            console.print(f"[bold]{title}[/bold]", soft_wrap=True)
            console.print(f"  python -m experiments.{name}", soft_wrap=True)
            console.print(f"  {needs}\n", soft_wrap=True)


if __name__ == "__main__":
    main()
