"""The reference of the site: a section for each public name of adrjax.

A page of `docs/api` has an introduction, written by hand, and a comment such as
`<!-- functions of adrjax.losses -->`, which may end in `, first focal, arcface -->`.
In its place come the sections of all public names: signature and docstring, the plot
of `plots.py`, and the calls of other libraries in `elsewhere.toml`. Pages written in
Markdown link to these sections by code such as `losses.focal`.
"""

import ast
import functools
import os
import pathlib
import re
import tomllib
from typing import Any

from docutils import nodes
import names
import plots
import source
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.transforms.post_transforms import SphinxPostTransform

DOCS = pathlib.Path(__file__).parents[1]
ROOT = DOCS.parent
PLOTS = DOCS / "_build" / "plots"
SECTIONS = ("Args", "Returns", "Raises", "Yields", "Attributes", "Example", "Reference")

# Where a file of the repository is on the site; a folder of results is its first page.
PLACES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "license.md",
    "README.md": "index.md",
    "results": "results/index.md",
    **{
        f"results/{path.name}": f"results/{path.name}"
        for path in (ROOT / "results").glob("*.md")
    },
}


# --- Docstrings -----------------------------------------------------------------------


@functools.cache
def papers() -> list[tuple[re.Pattern[str], str]]:
    """Returns the titles of papers as patterns, and their addresses."""
    titles = tomllib.loads((DOCS / "papers.toml").read_text())["arxiv"]
    longest_first = sorted(titles.items(), key=lambda item: -len(item[0]))
    return [
        (
            re.compile(r"\s+".join(map(re.escape, title.split())), re.IGNORECASE),
            f"https://arxiv.org/abs/{number}",
        )
        for title, number in longest_first
    ]


def linked_titles(text: str) -> str:
    """Returns a reference in which titles of papers and public code are links."""
    found = []

    def put(match: re.Match[str], address: str) -> str:
        shown = " ".join(match[0].split())
        found.append(f"`{shown} <{address}>`__")
        return f"\0{len(found) - 1}\0"

    for pattern, address in papers():
        text = pattern.sub(functools.partial(put, address=address), text)
    text = re.sub(
        r"(?<![/\w])github\.com/[\w.-]+/[\w.-]*\w",
        lambda match: put(match, f"https://{match[0]}"),
        text,
    )
    return re.sub("\0(\\d+)\0", lambda match: found[int(match[1])], text)


def full_name(text: str, package: str = "adrjax") -> str | None:
    """Returns the public name that code such as `losses.focal(z, y)` speaks of."""
    match = re.match(r"[A-Za-z_][\w.]*(?=\(|$)", text)
    if not match:
        return None
    of_package = f"{package}.{match[0]}", f"adrjax.{match[0]}", match[0]
    if package == "adrjax":  # a bare word of a page is not a name
        of_package = of_package[1:] if "." in match[0] or match[0] in TOP else ()
    elif "." not in match[0] and match[0].islower():
        of_package = of_package[:1]
    return next((x for x in of_package if x in source.link_targets()), None)


TOP = {"Outputs", "StatefulLoss"}


def marked_up(text: str, package: str, unlinked: set[str]) -> str:
    """Returns a text whose single backticks are links to public names, or code."""

    def code(match: re.Match[str]) -> str:
        if match[1] is None:  # a role, a literal or a link
            return match[0]
        code = " ".join(match[1].split())
        target = None if code in unlinked else full_name(code, package)
        if target and "<" not in code and "\\" not in code:
            return f":py:obj:`{code} <{target}>`"
        return f"``{code}``"

    done = r":[\w:]+:`[^`]+`|``.+?``|`[^`]+`_+"
    return re.sub(rf"(?s){done}|`([^`]+)`", code, text)


def table(lines: list[str]) -> list[str]:
    """Returns a table of Markdown as a table of reStructuredText."""
    rows = [
        [x.strip() for x in line.strip()[1:-1].split("|")]
        for line in lines
        if not re.fullmatch(r"[|:\- ]+", line.strip())
    ]
    out = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        for i, cell in enumerate(row):
            out.append(f"   {'* -' if i == 0 else '  -'} {cell}".rstrip())
    return [*out, ""]


def rst(text: str, package: str, unlinked: set[str]) -> list[str]:
    """Returns a docstring as lines of reStructuredText, with its sections as they are.

    Tables of Markdown, code that is indented after a colon, code in single backticks,
    and the titles of papers become reStructuredText.
    """
    text, *reference = re.split(r"(?m)^Reference:$", text, maxsplit=1)
    if reference:
        text += "Reference:" + linked_titles(reference[0])
    text = marked_up(text, package, unlinked)
    lines, out = text.splitlines(), []
    for i, line in enumerate(lines):
        is_row = line.strip().startswith("|")
        if is_row and (i == 0 or not lines[i - 1].strip().startswith("|")):
            end = next(
                (
                    j
                    for j in range(i, len(lines))
                    if not lines[j].strip().startswith("|")
                ),
                len(lines),
            )
            out += table(lines[i:end])
        elif not is_row:
            following = lines[i + 1 : i + 3]
            starts_code = (
                line.endswith(":")
                and not line.startswith(" ")
                and line[:-1] not in SECTIONS
                and len(following) == 2
                and not following[0]
                and following[1].startswith("    ")
            )
            out.append(f"{line}:" if starts_code else line)
    return out


def place_figure(lines: list[str], figure: list[str]) -> list[str]:
    """Returns a docstring with a figure before its first section."""
    headings = [f"{name}:" for name in SECTIONS]
    at = next((i for i, line in enumerate(lines) if line in headings), len(lines))
    return [*lines[:at], *figure, *lines[at:]]


# --- Sections -------------------------------------------------------------------------


@functools.cache
def elsewhere() -> dict[str, list[dict[str, str]]]:
    """Returns the calls of other libraries, by the name of the function here."""
    entries = tomllib.loads((DOCS / "elsewhere.toml").read_text())
    return {
        f"{role}.{name}": rows
        for role, functions in entries.items()
        for name, rows in functions.items()
    }


def elsewhere_table(name: str, package: str) -> list[str]:
    """Returns the table of the calls of other libraries, if there are any."""
    rows = elsewhere().get(names.relative(name))
    if not rows:
        return []
    out = [".. rubric:: Elsewhere", "", ".. list-table::", "   :header-rows: 1"]
    out += ["   :widths: 18 40 42", "   :class: elsewhere", ""]
    out += ["   * - library", "     - call", "     - difference"]
    for row in rows:
        differs = marked_up(row.get("differs", "none"), package, set())
        out += [f"   * - {row['library']}", f"     - ``{row['call']}``"]
        out += [f"     - {differs}"]
    return [*out, ""]


def figure_of(name: str) -> list[str]:
    """Returns the figure of a function, if it has one."""
    key = names.relative(name)
    if key not in plots.PLOTS:
        return []
    caption = plots.PLOTS[key].caption
    path = f"/{(PLOTS / f'{key}.svg').relative_to(DOCS)}"
    alt = caption.replace("`", "").replace(":math:", "")
    return [f".. figure:: {path}", f"   :alt: {alt}", "", f"   {caption}", ""]


def directive(
    config: Config, kind: str, name: str, signature: str, body: list[str]
) -> list[str]:
    """Returns a directive that documents an object."""
    text = "\n".join("Args:" if line == "Attributes:" else line for line in body)
    processed = "\n".join(GoogleDocstring(text, config, what=kind).lines())
    return [
        f".. py:{kind}:: {name}{signature}",
        "",
        *(f"   {line}".rstrip() for line in processed.splitlines()),
        "",
    ]


def documented(config: Config, package: str, name: str, members: list[str]) -> str:
    """Returns the section of a public name, in Markdown."""
    full = f"{package}.{name}"
    node = source.definition(package, name)
    module, _ = source.origin(package, name)
    lines = [f".. py:currentmodule:: {package}", ""]
    if node is None:
        member = names.public(package)[name]
        lines += directive(config, "data", name, "", [*constant(package, name, member)])
    else:
        unlinked = source.parameters(module, node) | {name}
        body = rst(ast.get_docstring(node) or "", package, unlinked)
        body = place_figure(body, figure_of(full))
        signature = source.signature(package, name)
        if isinstance(node, ast.FunctionDef):
            lines += directive(config, "function", name, signature, body)
            lines += [f"   {x}".rstrip() for x in elsewhere_table(full, package)]
        else:
            lines += directive(config, "class", name, signature, body)
            lines += [f"   {x}".rstrip() for x in elsewhere_table(full, package)]
            for method in source.methods(node):
                lines += of_method(config, package, name, method, unlinked)
    for member in members:
        lines += of_partial(config, package, name, member)
    fence = "`" * 6
    return "\n".join([f"## {name}", "", f"{fence}{{eval-rst}}", *lines, fence, "", ""])


def of_method(
    config: Config, package: str, name: str, method: str, unlinked: set[str]
) -> list[str]:
    """Returns the documentation of a method, indented as a part of its class."""
    node = source.definition(package, name)
    assert isinstance(node, ast.ClassDef)
    member = source.methods(node)[method]
    module, _ = source.origin(package, name)
    body = rst(
        ast.get_docstring(member) or "",
        package,
        unlinked | source.parameters(module, member),
    )
    is_property = source.is_property(member)
    signature = "" if is_property else source.signature(package, name, method)
    kind = "property" if is_property else "method"
    return [
        f"   {line}".rstrip()
        for line in directive(config, kind, method, signature, body)
    ]


def of_partial(config: Config, package: str, name: str, member: str) -> list[str]:
    """Returns the documentation of a `functools.partial` of a class."""
    keywords = names.public(package)[member].keywords
    settings = ", ".join(f"{key}={value!r}" for key, value in keywords.items())
    body = [f"``functools.partial({name}, {settings})``"]
    return directive(config, "data", member, "", body)


def constant(package: str, name: str, member: Any) -> list[str]:
    """Returns the text of an array or of an alias: the comment above it, its value."""
    module, private = source.origin(package, name)
    lines = source.path(module).read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith(f"{private} ="))
    comment = []
    while lines[at - 1].startswith("#"):
        at -= 1
        comment.insert(0, lines[at].lstrip("# "))
    text = [line for line in comment if not line.startswith("fmt:")]
    if hasattr(member, "shape"):
        return [*text, "", f"An array of {member.dtype}, ``{list(member.shape)}``."]
    value = source.assignments(module)[private]
    return [*text, "", f"``{ast.unparse(value)}``"]


def sections(config: Config, package: str, first: list[str]) -> str:
    """Returns the sections of all public names of a package, some of them first."""
    every = names.sections(package)
    return "".join(
        documented(config, package, name, every[name])
        for name in dict.fromkeys([*first, *every])
    )


# --- Pages ----------------------------------------------------------------------------


def moved_links(text: str, at: pathlib.Path, page: pathlib.Path) -> str:
    """Returns Markdown of a file whose links lead to the pages of the site.

    Args:
        text: The Markdown.
        at: The file that it is in.
        page: The page that shows it.
    """

    def moved(match: re.Match[str]) -> str:
        target, _, anchor = match[2].partition("#")
        if not target:
            return match[0]
        path = pathlib.Path(os.path.normpath(at.parent / target))
        inside = path.relative_to(ROOT).as_posix()
        path = DOCS / PLACES[inside] if inside in PLACES else path
        there = os.path.relpath(path, page.parent)
        return f"]({there}{'#' + anchor if anchor else ''}{match[3]})"

    links = r"(\]\()(?!https?:|mailto:|/)([^)\s]+)([^)]*)\)"
    parts = re.split(r"(?ms)(^```.*?^```$|`[^`\n]+`)", text)
    return "".join(
        part if i % 2 else re.sub(links, moved, part) for i, part in enumerate(parts)
    )


def data_sets() -> str:
    """Returns the table of the data sets."""
    from adrjax import data

    rows = ["| data set | classes | shape | images, or pairs |", "|---|---:|---|---|"]
    for name, dataset in data.catalogue().items():
        shape = " x ".join(map(str, dataset.shape)) if dataset.shape else "differs"
        sizes = dataset.sizes
        sizes = ", ".join(f"{key} {value:,}" for key, value in sizes.items())
        classes = f"{dataset.num_classes:,}" if dataset.num_classes else ""
        rows.append(f"| `data.{name}` | {classes} | {shape} | {sizes} |")
    return "\n".join(rows)


def expand(app: Sphinx, docname: str, content: list[str]) -> None:
    """Puts generated and included text into a page."""
    page = pathlib.Path(app.env.doc2path(docname))
    if page.suffix != ".md":
        return

    def included(match: re.Match[str]) -> str:
        path = pathlib.Path(os.path.normpath(page.parent / match[1]))
        app.env.note_dependency(path)
        return moved_links(path.read_text(), path, page)

    def generated(match: re.Match[str]) -> str:
        for path in [*DOCS.glob("_ext/*.py"), *DOCS.glob("*.toml")]:
            app.env.note_dependency(path)
        return sections(app.config, match[1], re.findall(r"\w+", match[2] or ""))

    text = moved_links(content[0], page, page)
    text = re.sub(r"(?m)^```\{include\} (\.\./\S+\.md)\n```$", included, text)
    text = re.sub(
        r"<!-- functions of ([\w.]+)(?:, first ([\w, ]+))? -->", generated, text
    )
    content[0] = text.replace("<!-- data sets -->", data_sets())


class LinkedCode(SphinxPostTransform):
    """Links code in pages of Markdown, such as `losses.focal`, to its section."""

    default_priority = 5  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        """Replaces each such literal by a reference."""
        for node in list(self.document.findall(nodes.literal)):
            parents = []
            parent = node.parent
            while parent is not None:
                parents.append(parent)
                parent = parent.parent
            closed = nodes.title, nodes.reference, addnodes.pending_xref
            if any(isinstance(x, (*closed, addnodes.desc)) for x in parents):
                continue
            target = self._row_of_losses(node, parents) or full_name(node.astext())
            if not target:
                continue
            reference = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=target, refexplicit=True
            )
            reference["refdoc"] = self.env.docname
            node.replace_self(reference)
            reference += node

    def _row_of_losses(
        self, node: nodes.literal, parents: list[nodes.Node]
    ) -> str | None:
        """Returns the name of a bare function in the first column of the table."""
        if self.env.docname != "losses":
            return None
        entry = next((x for x in parents if isinstance(x, nodes.entry)), None)
        if entry is None or entry.parent.index(entry):
            return None
        role = None
        for row in entry.parent.parent:
            if strong := next(iter(row[0].findall(nodes.strong)), None):
                role = strong.astext()
            if row is entry.parent:
                break
        target = f"adrjax.{role}.{node.astext()}"
        return target if target in source.link_targets() else None


def draw(app: Sphinx) -> None:
    """Draws the plots that are older than what they are drawn from."""
    plots.draw_all(PLOTS)


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry point."""
    app.connect("builder-inited", draw)
    app.connect("source-read", expand)
    app.add_post_transform(LinkedCode)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
