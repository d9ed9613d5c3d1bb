"""boto3 against the store: every call as a stock S3 client makes it. Run by store_clients.rs."""

import hashlib
import io
import os
import sys
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT, ACCESS_KEY, SECRET_KEY, REGION, BUCKET = sys.argv[1:6]
MIB = 1024 * 1024


def client(secret=SECRET_KEY, **config):
    return boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, proxies={}, **config),
    )


s3 = client()


def refused(status, code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        seen = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        assert seen == (status, code), seen
    else:
        raise AssertionError(f"not refused: {status} {code}")


def objects():
    s3.head_bucket(Bucket=BUCKET)
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [BUCKET]
    body = os.urandom(100_000)
    put = s3.put_object(Bucket=BUCKET, Key="py/a b+c é", Body=body, ContentType="image/png", Metadata={"k": "v"})
    assert put["ETag"].strip('"') == hashlib.md5(body).hexdigest()
    got = s3.get_object(Bucket=BUCKET, Key="py/a b+c é", ChecksumMode="ENABLED")
    assert got["Body"].read() == body and got["ContentType"] == "image/png" and got["Metadata"] == {"k": "v"}
    assert s3.get_object(Bucket=BUCKET, Key="py/a b+c é", Range="bytes=10-19")["Body"].read() == body[10:20]
    refused(412, "PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="py/a b+c é", Body=b"", IfNoneMatch="*")
    refused(404, "404", s3.head_object, Bucket=BUCKET, Key="py/none")
    refused(404, "NoSuchKey", s3.get_object, Bucket=BUCKET, Key="py/none")
    refused(404, "NoSuchBucket", s3.list_objects_v2, Bucket="another")


def checksums():
    for algorithm in ["CRC32", "SHA1", "SHA256"]:
        # A stream without a known digest goes as aws-chunked, its checksum in a trailer.
        s3.put_object(Bucket=BUCKET, Key="py/" + algorithm, Body=io.BytesIO(b"x" * 70_000), ChecksumAlgorithm=algorithm)
        head = s3.head_object(Bucket=BUCKET, Key="py/" + algorithm, ChecksumMode="ENABLED")
        assert head["Checksum" + algorithm], head
        assert s3.get_object(Bucket=BUCKET, Key="py/" + algorithm, ChecksumMode="ENABLED")["Body"].read() == b"x" * 70_000
    refused(400, "BadDigest", s3.put_object, Bucket=BUCKET, Key="py/bad", Body=b"x", ChecksumSHA256="A" * 43 + "=")


def lists():
    keys = [f"py/list/{name}" for name in ["a", "b/1", "b/2", "c d", "é+%20"]]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="py/list/", PaginationConfig={"PageSize": 2})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == sorted(keys, key=str.encode)
    rolled = s3.list_objects_v2(Bucket=BUCKET, Prefix="py/list/", Delimiter="/")
    assert [prefix["Prefix"] for prefix in rolled["CommonPrefixes"]] == ["py/list/b/"]
    after = s3.list_objects_v2(Bucket=BUCKET, Prefix="py/list/", StartAfter="py/list/b/1")
    assert [entry["Key"] for entry in after["Contents"]] == keys[2:]


def multipart():
    body = os.urandom(17 * MIB)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "py/large", Config=config)
    head = s3.head_object(Bucket=BUCKET, Key="py/large")
    assert head["ContentLength"] == len(body) and head["ETag"].endswith('-4"'), head
    out = io.BytesIO()
    s3.download_fileobj(BUCKET, "py/large", out, Config=config)
    assert out.getvalue() == body

    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="py/parts")
    upload = {"Bucket": BUCKET, "Key": "py/parts", "UploadId": begun["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=2, Body=b"part")["ETag"]
    assert [part["PartNumber"] for part in s3.list_parts(**upload)["Parts"]] == [2]
    assert [u["UploadId"] for u in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == [begun["UploadId"]]
    wrong = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    refused(400, "InvalidPart", s3.complete_multipart_upload, **upload, MultipartUpload=wrong)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": etag}]})
    assert s3.get_object(Bucket=BUCKET, Key="py/parts")["Body"].read() == b"part"

    begun = s3.create_multipart_upload(Bucket=BUCKET, Key="py/aborted")
    upload = {"Bucket": BUCKET, "Key": "py/aborted", "UploadId": begun["UploadId"]}
    s3.abort_multipart_upload(**upload)
    refused(404, "NoSuchUpload", s3.list_parts, **upload)


def presigned():
    s3v4 = client(signature_version="s3v4")
    url = s3v4.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "py/presigned"}, ExpiresIn=60)
    request = urllib.request.Request(url, data=b"by urllib", method="PUT", headers={"content-type": ""})
    assert urllib.request.urlopen(request).status == 200
    url = s3v4.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "py/presigned"}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"by urllib"
    stranger = client(secret="another secret")
    refused(403, "SignatureDoesNotMatch", stranger.get_object, Bucket=BUCKET, Key="py/presigned")


def remove_all():
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for entry in page.get("Contents", []):
            s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


for step in [objects, checksums, lists, multipart, presigned, remove_all]:
    step()
print("boto3", boto3.__version__, "agrees")
