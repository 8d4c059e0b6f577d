"""Validates events, one JSON object a line: python validate.py schemas/enriched-article.json < events.jsonl."""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

validator = Draft202012Validator(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
invalid = 0
for number, line in enumerate(sys.stdin, start=1):
    errors = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(line))]
    invalid += bool(errors)
    for error in errors:
        print(f"line {number}: {error}")
print(f"{number - invalid} of {number} events are valid")
sys.exit(1 if invalid else 0)
