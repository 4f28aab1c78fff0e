"""The wheel works where it was installed, and brings the oneTBB that it was built with."""

from pathlib import Path

import customerhealth as ch

package = Path(ch.__file__).parent
bundled = package.with_name("customerhealth.libs")  # where auditwheel puts it, under a name of its own
ch.build_info()  # loads the core
loaded = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "libtbb" in line}
if not loaded or any(Path(library).parent != bundled for library in loaded):
    raise SystemExit(f"oneTBB should come from {bundled}, not from {loaded or 'nowhere'}")
if not (package / "py.typed").exists():
    raise SystemExit("py.typed is not in the wheel")
