"""A server that speaks S3, with one bucket. It prints its port and ends with its standard input."""

import logging
import sys

import boto3
from moto.server import ThreadedMotoServer

logging.disable(logging.CRITICAL)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
client = boto3.client(
    "s3",
    endpoint_url=f"http://127.0.0.1:{port}",
    region_name="us-east-1",
    aws_access_key_id="key",
    aws_secret_access_key="secret",
)
client.create_bucket(Bucket="office")
print(port, flush=True)
for line in sys.stdin:
    # `list` shows what is there, `rot NAME` changes a byte of it, `uploads` counts what is unfinished.
    word, _, name = line.strip().partition(" ")
    if word == "list":
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="office")
        names = [one["Key"] for page in pages for one in page.get("Contents", [])]
        print(" ".join(sorted(names)), flush=True)
    elif word == "rot":
        content = bytearray(client.get_object(Bucket="office", Key=name)["Body"].read())
        content[-5] ^= 1
        client.put_object(Bucket="office", Key=name, Body=bytes(content))
        print("done", flush=True)
    elif word == "uploads":
        found = client.list_multipart_uploads(Bucket="office").get("Uploads", [])
        print(len(found), flush=True)
server.stop()
