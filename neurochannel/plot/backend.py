"""Imports matplotlib whatever backend the environment names: figures only go to files.

``MPLBACKEND`` may name the backend of a notebook that is not installed here, or nothing that there
is; matplotlib would refuse to be imported. A name that it takes is left to it, for the notebook's
own figures.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

VARIABLE = "MPLBACKEND"


def _imported() -> ModuleType:
    try:
        import matplotlib
    except ValueError:
        name = os.environ.pop(VARIABLE, None)
        if name is None:
            raise
        for half in [key for key in sys.modules if key.partition(".")[0] == "matplotlib"]:
            del sys.modules[half]
        try:
            import matplotlib
        finally:
            os.environ[VARIABLE] = name
    return matplotlib


matplotlib = _imported()
