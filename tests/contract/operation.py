"""Ends well when an OpenAPI document has an operation: `operation.py document METHOD path`."""

import json
import sys

document, method, path = sys.argv[1:]
with open(document, encoding="utf-8") as file:
    known = json.load(file)["paths"].get(path, {})
sys.exit(0 if method.lower() in known else 1)
