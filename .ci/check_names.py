"""Two types of one name in two headers: the linker would make one of them, whatever their sizes. No header may."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

TYPE = re.compile(r"^(?:class|struct|union|enum(?: class)?) (\w+)(?: final)?(?: : [^;]*)? \{", re.MULTILINE)


def main() -> int:
    """1 when a name stands for two types."""
    headers = defaultdict(list)
    for path in sorted(Path("cpp").rglob("*.hpp")):
        for name in TYPE.findall(path.read_text(encoding="utf-8")):
            headers[name].append(str(path))
    twice = {name: paths for name, paths in headers.items() if len(paths) > 1}
    for name, paths in twice.items():
        sys.stdout.write(f"{name} is a type in each of {', '.join(paths)}: give each a name of its own\n")
    return int(bool(twice))


sys.exit(main())
