"""The types of a model document, made from its JSON Schema: ``python typed_document.py`` writes them into the package.

The schema is made from the core's table of keys, so that a key is declared once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from keyword import iskeyword
from pathlib import Path
from typing import Any

import customerhealth as ch

TARGET = Path(ch.__file__).parent / "model_document.py"
_PLAIN = {"string": "str", "number": "float", "integer": "int", "boolean": "bool", "null": "None"}
_HEAD = '''"""The types of a model document, for editors and type checkers; made from the table of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict

__all__ = [
{names}
]
'''


def source(schema: Mapping[str, Any]) -> str:
    """The module."""
    made = [_typed(_class_of(name), spec) for name, spec in schema["$defs"].items()]
    made.append(_typed("ModelDocument", schema))
    names = sorted([*(_class_of(name) for name in schema["$defs"]), "ModelDocument"])
    return _HEAD.format(names="\n".join(f'    "{name}",' for name in names)) + "\n\n" + "\n\n\n".join(made) + "\n"


def _class_of(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _typed(name: str, spec: Mapping[str, Any]) -> str:
    """A class, whose base holds the keys that need not be there."""
    keys, needed = spec.get("properties", {}), set(spec.get("required", ()))
    may, must = ({key: kind for key, kind in keys.items() if (key in needed) is wanted} for wanted in (False, True))
    about = f'    """{" ".join(spec.get("description", "A model document.").split())}"""\n'
    base = _base(f"_{name}", may, total=False)
    if any(map(_is_no_name, must)):
        musts = _base(f"_{name}Needs", must, total=True)
        return f"{base}\n\n{musts}\n\nclass {name}(_{name}, _{name}Needs):\n{about}"
    lines = "".join(f"\n    {key}: {_type(kind)}" for key, kind in must.items())
    return f"{base}\n\nclass {name}(_{name}):\n{about}{lines}"


def _base(name: str, keys: Mapping[str, Any], *, total: bool) -> str:
    """In the form of a call where a key is no name of Python."""
    end = "" if total else ", total=False"
    if any(map(_is_no_name, keys)):
        lines = "".join(f'        "{key}": {_quoted(_type(kind))},\n' for key, kind in keys.items())
        return f'{name} = TypedDict(\n    "{name}",\n    {{\n{lines}    }}{end},\n)\n'.replace(
            "}, total=False,", "},\n    total=False,"
        )
    lines = "".join(f"    {key}: {_type(kind)}\n" for key, kind in keys.items())
    return f"class {name}(TypedDict{end}):\n{lines}"


def _is_no_name(key: str) -> bool:
    return iskeyword(key) or not key.isidentifier()


def _quoted(kind: str) -> str:
    return f"'{kind}'" if '"' in kind else f'"{kind}"'


def _type(spec: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        return _class_of(spec["$ref"].rpartition("/")[2])
    if "const" in spec or "enum" in spec:
        return f"Literal[{', '.join(_word(value) for value in spec.get('enum', [spec.get('const')]))}]"
    for several in ("anyOf", "oneOf"):
        if several in spec:
            return _union([_type(each) for each in spec[several]])
    kinds = spec.get("type")
    if isinstance(kinds, list):
        return _union([_PLAIN[kind] for kind in kinds])
    if kinds == "array":
        return f"Sequence[{_items(spec)}]"
    if kinds == "object":
        values = spec.get("additionalProperties", True)
        return f"Mapping[str, {_type(values) if isinstance(values, Mapping) else 'Any'}]"
    return _PLAIN[kinds] if kinds is not None else "Any"


def _items(spec: Mapping[str, Any]) -> str:
    if "prefixItems" in spec:
        return _union([_type(each) for each in spec["prefixItems"]])
    return _type(spec["items"]) if "items" in spec else "Any"


def _union(kinds: Sequence[str]) -> str:
    return " | ".join(dict.fromkeys(kinds))


def _word(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


if __name__ == "__main__":
    TARGET.write_text(source(ch.Model.schema()), encoding="utf-8")
