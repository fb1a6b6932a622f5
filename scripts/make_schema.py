"""Write topologies/schema.json, the JSON Schema of network files, from the models.

Run it after a change of the models: python scripts/make_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from neurochannel.model.schema import editor_schema

TARGET = Path(__file__).resolve().parent.parent / "topologies" / "schema.json"


def main() -> None:
    """Write the schema."""
    TARGET.write_text(json.dumps(editor_schema(), indent=2) + "\n", encoding="utf-8")
    print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
