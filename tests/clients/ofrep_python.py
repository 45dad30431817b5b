"""The stock OpenFeature provider for Python, unchanged."""

import os

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

ADDRESS = os.environ["TARGET_ADDRESS"]
KEY = os.environ["TARGET_KEY"]


def client(domain, headers):
    """A client whose provider sends these headers."""
    api.set_provider(OFREPProvider(ADDRESS, headers_factory=lambda: headers), domain)
    return api.get_client(domain)


bearer = client("bearer", {"Authorization": f"Bearer {KEY}"})
header = client("header", {"X-API-Key": KEY})
stranger = client("stranger", {"Authorization": "Bearer rpk_wrong"})
user = EvaluationContext("flag-user", {"device": "mobile"})

first = bearer.get_object_details("flag_banner", {}, user)
assert first.error_code is None, first.error_message
assert first.reason == Reason.TARGETING_MATCH, first.reason
assert first.variant == "flag_sale", first.variant
assert first.value["title"] == "20 % off", first.value
assert first.flag_metadata["degradation"] == "none", first.flag_metadata
again = header.get_object_details("flag_banner", {}, user)
assert again.value["contact_id"] == first.value["contact_id"]

missing = bearer.get_object_details("flag_nowhere", {"none": True}, user)
assert missing.error_code == ErrorCode.FLAG_NOT_FOUND, missing
assert missing.value == {"none": True}
unnamed = bearer.get_object_details("flag_banner", {}, EvaluationContext(None, {"a": 1}))
assert unnamed.error_code == ErrorCode.TARGETING_KEY_MISSING, unnamed
mismatch = bearer.get_boolean_details("flag_banner", False, user)
assert mismatch.error_code == ErrorCode.TYPE_MISMATCH, mismatch
refused = stranger.get_object_details("flag_banner", {}, user)
assert refused.error_code == ErrorCode.GENERAL, refused

for _ in range(50):
    details = bearer.get_object_details("flag_banner", {}, user)
    assert details.value["contact_id"] == first.value["contact_id"]
print("values, reasons, metadata and errors are as the provider expects; 50 repeats, one contact")
