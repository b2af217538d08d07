"""Posts through Slack's Python SDK to the webhook whose URL is the first argument, and checks a
request as a receiver does. Prints one word per step; the test compares them."""

import sys

from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import DividerBlock, HeaderBlock, SectionBlock
from slack_sdk.signature import Clock, SignatureVerifier
from slack_sdk.webhook import WebhookClient

url = sys.argv[1]


def post(client, **message):
    response = client.send(**message)
    print(response.status_code, response.body)


client = WebhookClient(url)
post(client, text="from *Python* <https://a.example|a link>")
post(
    client,
    text="for notifications",
    blocks=[
        HeaderBlock(text="Release 1"),
        SectionBlock(text="*ready*", fields=["*by*\nann", "*on*\nMonday"]),
        DividerBlock(),
    ],
)
post(client, attachments=[{"color": "#36a64f", "title": "Build", "text": "ok"}])
post(client, text="")
post(WebhookClient(url + "x"), text="nobody")
post(client.__class__(url.rsplit("/", 1)[0] + "/" + "A" * 43), text="nobody")

# A flood gets 429 with Retry-After, and the SDK's own handler waits and succeeds.
patient = WebhookClient(url, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=3)])
codes = {patient.send(text=f"flood {n}").status_code for n in range(14)}
print("flood", codes)


class Then(Clock):
    def now(self):
        return float(sys.argv[3])


if len(sys.argv) > 2:
    verifier = SignatureVerifier(signing_secret=sys.argv[2], clock=Then())
    body = sys.stdin.read()
    headers = {"X-Slack-Request-Timestamp": sys.argv[3], "X-Slack-Signature": sys.argv[4]}
    print("signature", verifier.is_valid_request(body, headers))
    print("forged", verifier.is_valid_request(body + " ", headers))
