"""What every Python client sends: one list of events, and what the memory must hold afterwards."""

import json
import os

ADDRESS = os.environ["TARGET_ADDRESS"]
KEY = os.environ["TARGET_KEY"]
COUNT = int(os.environ.get("EVENTS", "250"))
PREFIX = os.environ["PREFIX"]
UNICODE = "Zażółć gęślą jaźń 你好 🎁 “quoted” \\ \u2028 end"


def play(kinds, send):
    """Calls `send(kind, user, marker, number)` for every event and prints what was sent."""
    for number in range(COUNT):
        kind = kinds[number % len(kinds)]
        user = f"{PREFIX}-żółw-{number % 7}"
        marker = f"{PREFIX}#{number}"
        send(kind, user, marker, number)
        print(json.dumps({"user": user, "kind": kind, "marker": marker}))


def previous(number):
    """The identifier that an alias joins to the customer."""
    return f"{PREFIX}-before-{number:04}"
