"""The stock Segment client for Python."""

import segment.analytics as analytics

from plan import ADDRESS, KEY, UNICODE, play, previous

failures = []
analytics.write_key = KEY
analytics.host = ADDRESS
analytics.gzip = True
analytics.on_error = lambda error, items: failures.append(error)


def send(kind, user, marker, number):
    if kind == "identify":
        analytics.identify(user, {"marker": marker, "name": UNICODE, "age": number})
    elif kind == "track":
        properties = {"marker": marker, "title": UNICODE, "price": 12.5}
        context = {"ip": "203.0.113.7", "campaign": {"name": "Spring", "source": "mail"}}
        analytics.track(user, "Product Viewed", properties, context, anonymous_id=f"{user}-cookie")
    elif kind == "page":
        analytics.page(user, "Shop", UNICODE, {"marker": marker})
    elif kind == "screen":
        analytics.screen(user, "Shop", "Basket", {"marker": marker})
    elif kind == "group":
        analytics.group(user, "group-1", {"marker": marker, "plan": UNICODE})
    elif kind == "alias":
        analytics.alias(previous(number), user, {"marker": marker})


play(["identify", "track", "page", "screen", "group", "alias"], send)
analytics.shutdown()
assert not failures, failures
