"""How fast the client and the embedded backend are, beside what they replace. Run it with `make bench`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

# The real backend is started by the same code as in the tests.
sys.path.append(str(ROOT / "tests"))
