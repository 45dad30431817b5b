"""Checks by the management API that every event sent is remembered exactly once."""

import collections
import json
import os
import sys
import urllib.parse
import urllib.request

ADDRESS = os.environ["TARGET_ADDRESS"]
KEY = os.environ["TARGET_MANAGE_KEY"]
PREFIX = os.environ["PREFIX"]


def get(path, **query):
    """One answer of the management API."""
    query = {name: value for name, value in query.items() if value is not None}
    url = f"{ADDRESS}{path}?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def pages(path, **query):
    """The items of a list, page by page."""
    cursor = None
    while True:
        page = get(path, limit=100, cursor=cursor, **query)
        yield from page["items"]
        cursor = page.get("next_cursor")
        if cursor is None:
            return


def customer(identifier):
    """The customer whom an identifier points to."""
    found = get("/api/customers", q=identifier, limit=10)["items"]
    ids = {item["customer_id"] for item in found}
    if len(ids) != 1:
        sys.exit(f"{identifier} points to {len(ids)} customers")
    return ids.pop()


def markers(value):
    """Every marker of this client anywhere in a value."""
    if isinstance(value, dict):
        return {marker for inner in value.values() for marker in markers(inner)}
    if isinstance(value, list):
        return {marker for inner in value for marker in markers(inner)}
    if isinstance(value, str) and value.startswith(f"{PREFIX}#"):
        return {value}
    return set()


def main():
    sent = [json.loads(line) for line in sys.stdin]
    if not sent:
        sys.exit("the client has sent nothing")
    by_user = collections.defaultdict(list)
    for event in sent:
        by_user[event["user"]].append(event)
    problems = []
    for user, events in by_user.items():
        found = customer(user)
        seen = collections.Counter()
        for item in pages(f"/api/customers/{found}/timeline"):
            if item["kind"] in ("event", "identify", "merge"):
                seen.update(markers(item["body"]))
        for event in events:
            marker = event["marker"]
            if event["kind"] == "alias":
                before = f"{PREFIX}-before-{int(marker.split('#')[1]):04}"
                if customer(before) != found:
                    problems.append(f"{before} is not {user}")
            elif seen[marker] != 1:
                problems.append(f"{event['kind']} {marker} of {user}: {seen[marker]} times")
    if problems:
        sys.exit("\n".join(problems[:10] + [f"{len(problems)} of {len(sent)} events are wrong"]))
    print(f"{len(sent)} events, {len(by_user)} customers: each exactly once")


main()
