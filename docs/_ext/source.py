"""The source of adrjax as syntax trees: definitions, docstrings and signatures."""

import ast
import copy
import functools
import importlib.util
import pathlib
from typing import NamedTuple

import names

Definition = ast.FunctionDef | ast.ClassDef


class Origin(NamedTuple):
    """A private module, and the name of a member of it."""

    module: str
    name: str


@functools.cache
def path(module: str) -> pathlib.Path:
    """Returns the file of a module."""
    spec = importlib.util.find_spec(module)
    assert spec and spec.origin, module
    return pathlib.Path(spec.origin)


@functools.cache
def tree(module: str) -> ast.Module:
    """Returns the syntax tree of a module."""
    return ast.parse(path(module).read_text())


@functools.cache
def imports(module: str) -> dict[str, Origin]:
    """Returns where the imported names of a module come from."""
    statements = [
        inner
        for node in tree(module).body
        for inner in (node.body if isinstance(node, ast.With) else [node])
    ]
    return {
        alias.asname or alias.name: Origin(node.module, alias.name)
        for node in statements
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


@functools.cache
def definitions(module: str) -> dict[str, Definition]:
    """Returns the functions and classes of a module; of overloads the last."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {node.name: node for node in tree(module).body if isinstance(node, kinds)}


@functools.cache
def assignments(module: str) -> dict[str, ast.expr]:
    """Returns the values that a module assigns to names."""
    return {
        target.id: node.value
        for node in tree(module).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def origin(package: str, name: str) -> Origin:
    """Returns the private module of a public name."""
    return imports(package)[name]


def definition(package: str, name: str) -> Definition | None:
    """Returns the definition of a public name; None for an array or an alias."""
    module, private = origin(package, name)
    return definitions(module).get(private)


def methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Returns the public methods of a class that have a docstring."""
    return {
        member.name: member
        for member in node.body
        if isinstance(member, ast.FunctionDef)
        and ast.get_docstring(member)
        and (not member.name.startswith("_") or member.name == "__call__")
    }


def is_property(node: ast.FunctionDef) -> bool:
    """Returns whether a method is read as an attribute."""
    return any(ast.unparse(x).endswith("property") for x in node.decorator_list)


@functools.cache
def link_targets() -> dict[str, str]:
    """Returns the page of each name that can be linked to, methods among them."""
    targets = dict(names.every_name())
    for package, page in names.PAGES.items():
        for name in names.sections(package):
            node = definition(package, name)
            if isinstance(node, ast.ClassDef):
                for method in methods(node):
                    targets[f"{package}.{name}.{method}"] = page
    return targets


class _Annotations(ast.NodeTransformer):
    """Replaces private aliases by what they stand for, and names by full names."""

    def __init__(self, package: str, module: str):
        self.package = package
        self.module = module

    def _full_name(self, text: str) -> str | None:
        candidates = [f"{self.package}.{text}", f"adrjax.{text}"]
        if text in imports(self.module):
            candidates.append(".".join(imports(self.module)[text]))
        return next((x for x in candidates if x in names.every_name()), None)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        full = self._full_name(node.value) if isinstance(node.value, str) else None
        return _expression(full) if full else node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        full = self._full_name(ast.unparse(node))
        return _expression(full) if full else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if full := self._full_name(node.id):
            return _expression(full)
        module, name = imports(self.module).get(node.id, Origin(self.module, node.id))
        if not module.startswith("adrjax."):
            return node
        value = assignments(module).get(name)
        if value is None or isinstance(value, ast.Call):  # a TypeVar
            return node
        return _Annotations(self.package, module).visit(copy.deepcopy(value))


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _annotated(package: str, module: str, arguments: ast.arguments) -> str:
    arguments = copy.deepcopy(arguments)
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [x for x in (arguments.vararg, arguments.kwarg) if x]
    for argument in every:
        if argument.annotation:
            argument.annotation = _Annotations(package, module).visit(
                argument.annotation
            )
    return f"({ast.unparse(arguments)})"


def _of_function(
    package: str, module: str, node: ast.FunctionDef, *, is_method: bool
) -> str:
    node = copy.deepcopy(node)
    is_static = any(ast.unparse(x) == "staticmethod" for x in node.decorator_list)
    if is_method and not is_static:
        del (node.args.posonlyargs or node.args.args)[0]
    text = _annotated(package, module, node.args)
    if node.returns and node.name != "__init__":
        returns = _Annotations(package, module).visit(node.returns)
        text += f" -> {ast.unparse(returns)}"
    return text


def _annotated_fields(module: str, node: ast.ClassDef) -> list[ast.AnnAssign]:
    """Returns the fields of a class and of its bases in adrjax."""
    fields = []
    for base in map(ast.unparse, node.bases):
        where, name = imports(module).get(base, Origin(module, base))
        parent = where.startswith("adrjax.") and definitions(where).get(name)
        if isinstance(parent, ast.ClassDef):
            fields += _annotated_fields(where, parent)
    return fields + [
        field
        for field in node.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and "ClassVar" not in ast.unparse(field.annotation)
    ]


def _default(value: ast.expr | None) -> ast.expr | None:
    """Returns the default of a field, which `dataclasses.field` may hold."""
    if (
        not isinstance(value, ast.Call)
        or ast.unparse(value.func) != "dataclasses.field"
    ):
        return value
    keywords = {x.arg: x.value for x in value.keywords}
    if "default_factory" in keywords:
        return _expression({"dict": "{}"}[ast.unparse(keywords["default_factory"])])
    return keywords["default"]


def _fields(module: str, node: ast.ClassDef) -> ast.arguments:
    """Returns the arguments of a class that is made of annotated fields."""
    fields = _annotated_fields(module, node)
    keyword_only = any("kw_only=True" in ast.unparse(x) for x in node.decorator_list)
    arguments = [ast.arg(ast.unparse(x.target), x.annotation) for x in fields]
    defaults = [_default(x.value) for x in fields]
    if keyword_only:
        return ast.arguments([], [], None, arguments, defaults, None, [])
    return ast.arguments(
        [], arguments, None, [], [], None, [x for x in defaults if x is not None]
    )


def signature(package: str, name: str, method: str | None = None) -> str:
    """Returns the signature as the source has it, with full names of own types."""
    module, private = origin(package, name)
    node = definitions(module)[private]
    if isinstance(node, ast.FunctionDef):
        return _of_function(package, module, node, is_method=False)
    if method:
        member = methods(node)[method]
        return _of_function(package, module, member, is_method=True)
    for member in node.body:
        if isinstance(member, ast.FunctionDef) and member.name == "__init__":
            return _of_function(package, module, member, is_method=True)
    arguments = _fields(module, node)
    has_fields = arguments.args or arguments.kwonlyargs
    return _annotated(package, module, arguments) if has_fields else ""


def parameters(module: str, node: Definition) -> set[str]:
    """Returns the names of the arguments or fields of a definition."""
    is_function = isinstance(node, ast.FunctionDef)
    arguments = node.args if is_function else _fields(module, node)
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {x.arg for x in every}
