"""`PYTHONPATH=book/_ext python -m questions`: write the JSON Schemas that editors read, to book/schemas/."""

import json
from pathlib import Path

from content import ONE_A_CHAPTER, ONE_FILE

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"


def schemas() -> dict[str, str]:
    """Give the JSON Schema of every kind of content file, by file name."""
    kinds = ONE_FILE | ONE_A_CHAPTER
    return {
        f"{name}.schema.json": json.dumps(schema.model_json_schema(), indent=1, sort_keys=True, ensure_ascii=False)
        + "\n"
        for name, schema in kinds.items()
    }


if __name__ == "__main__":
    SCHEMAS.mkdir(exist_ok=True)
    for name, text in schemas().items():
        (SCHEMAS / name).write_text(text, encoding="utf-8")
        print(SCHEMAS / name)
