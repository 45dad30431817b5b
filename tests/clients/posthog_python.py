"""The stock PostHog client for Python."""

from posthog import Posthog

from plan import ADDRESS, KEY, UNICODE, play, previous

failures = []
client = Posthog(KEY, host=ADDRESS, on_error=lambda error, items: failures.append(error))


def send(kind, user, marker, number):
    if kind == "identify":
        client.set(distinct_id=user, properties={"marker": marker, "name": UNICODE, "age": number})
    elif kind == "once":
        client.set_once(distinct_id=user, properties={"marker": marker, "first": UNICODE})
    elif kind == "capture":
        properties = {"marker": marker, "title": UNICODE, "price": 12.5}
        client.capture("Product Viewed", distinct_id=user, properties=properties)
    elif kind == "pageview":
        properties = {"marker": marker, "$current_url": f"https://shop.example/{number}"}
        client.capture("$pageview", distinct_id=user, properties=properties)
    elif kind == "screen":
        properties = {"marker": marker, "$screen_name": "Basket"}
        client.capture("$screen", distinct_id=user, properties=properties)
    elif kind == "group":
        properties = {"marker": marker, "plan": UNICODE}
        client.group_identify("company", "group-1", properties, distinct_id=user)
    elif kind == "alias":
        client.alias(previous_id=previous(number), distinct_id=user)


play(["identify", "once", "capture", "pageview", "screen", "group", "alias"], send)
client.shutdown()
assert not failures, failures
