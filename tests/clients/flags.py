"""Publishes what the OpenFeature clients ask for, and a customer they ask about."""

import base64
import json
import os
import time
import urllib.error
import urllib.request

ADDRESS = os.environ["TARGET_ADDRESS"]


def post(path, body, authorization):
    """The JSON answer of one call, and its status."""
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    request = urllib.request.Request(ADDRESS + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


OFFER = {
    "name": {"en": "Sale"},
    "template": "discount",
    "attributes": {"percent_off": 0.2},
    "category": "coupon",
    "value_cents": 1000,
    "currency": "GBP",
    "propensity": 0.1,
    "channels": ["web"],
    "creatives": [{"channel": "web", "language": "en", "title": "20 % off", "text": "Today"}],
}
TEMPLATE = {
    "name": {"en": "Discount"},
    "attributes": [{"key": "percent_off", "kind": "number"}],
}
FALLBACK = {"title": "Welcome", "text": "Look around"}
BANNER = {"name": {"en": "Banner"}, "channel": "web", "fallback": FALLBACK}
SIDE = {"name": {"en": "Side"}, "channel": "web", "fallback": FALLBACK, "count": 2}


def main():
    manage = f"Bearer {os.environ['TARGET_MANAGE_KEY']}"
    files = [
        {"path": "offer_template/discount.json", "body": TEMPLATE},
        {"path": "placement/flag_banner.json", "body": BANNER},
        {"path": "placement/flag_side.json", "body": SIDE},
        {"path": "offer/flag_sale.json", "body": OFFER},
    ]
    status, answer = post(
        "/api/definitions/import", {"files": files, "publish": True, "note": "flags"}, manage
    )
    assert status == 200, answer
    basic = base64.b64encode(f"{os.environ['TARGET_KEY']}:".encode()).decode()
    status, answer = post("/v1/identify", {"userId": "flag-user", "traits": {}}, f"Basic {basic}")
    assert status == 200, answer
    flag = {"context": {"targetingKey": "flag-user"}}
    decide = f"Bearer {os.environ['TARGET_KEY']}"
    # Other nodes, and this one, learn of a publication within a second.
    for _ in range(50):
        status, answer = post("/ofrep/v1/evaluate/flags/flag_banner", flag, decide)
        if status == 200:
            return
        time.sleep(0.1)
    raise SystemExit(f"the flag is not there: {answer}")


main()
