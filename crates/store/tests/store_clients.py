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


def bucket():
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == REGION
    assert "Status" not in s3.get_bucket_versioning(Bucket=BUCKET)
    rules = s3.get_bucket_cors(Bucket=BUCKET)["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [["http://localhost:8080"]], rules
    assert "PUT" in rules[0]["AllowedMethods"] and "x-amz-*" in rules[0]["AllowedHeaders"], rules
    refused(409, "BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=BUCKET)
    refused(400, "TooManyBuckets", s3.create_bucket, Bucket="another")
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}
    refused(501, "NotImplemented", s3.put_bucket_cors, Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    refused(501, "NotImplemented", s3.put_object, Bucket=BUCKET, Key="py/public", Body=b"", ACL="public-read")


def lists_version_1():
    keys = [f"py/v1/{name}" for name in ["a", "b/1", "b/2", "c d", "é+%20"]]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix="py/v1/", PaginationConfig={"PageSize": 2})
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == sorted(keys, key=str.encode)
    rolled = s3.get_paginator("list_objects").paginate(
        Bucket=BUCKET, Prefix="py/v1/", Delimiter="/", PaginationConfig={"PageSize": 1}
    )
    lines = [line for page in rolled for line in page.get("Contents", []) + page.get("CommonPrefixes", [])]
    assert [line.get("Key") or line["Prefix"] for line in lines] == [keys[0], "py/v1/b/", *keys[3:]], lines


def copies():
    body = os.urandom(100_000)
    key = "py/copy/a b+c é%20"
    put = s3.put_object(Bucket=BUCKET, Key=key, Body=body, ContentType="image/png", Metadata={"k": "v"})
    source = {"Bucket": BUCKET, "Key": key}
    target = {"Bucket": BUCKET, "Key": "py/copy/target"}
    done = s3.copy_object(**target, CopySource=source)
    assert done["CopyObjectResult"]["ETag"] == put["ETag"], done
    got = s3.get_object(**target)
    assert got["Body"].read() == body and got["ContentType"] == "image/png" and got["Metadata"] == {"k": "v"}
    s3.copy_object(**target, CopySource=source, MetadataDirective="REPLACE", Metadata={"k": "w"})
    assert s3.head_object(**target)["Metadata"] == {"k": "w"}
    refused(400, "InvalidRequest", s3.copy_object, **target, CopySource=target)
    s3.copy_object(**target, CopySource=target, MetadataDirective="REPLACE", Metadata={"k": "x"})
    assert s3.get_object(**target)["Body"].read() == body

    etag = put["ETag"].strip('"')
    s3.copy_object(**target, CopySource=source, CopySourceIfMatch=etag)
    for condition in [{"CopySourceIfMatch": "0" * 32}, {"CopySourceIfNoneMatch": etag}]:
        refused(412, "PreconditionFailed", s3.copy_object, **target, CopySource=source, **condition)
    refused(404, "NoSuchKey", s3.copy_object, **target, CopySource={"Bucket": BUCKET, "Key": "py/none"})
    refused(404, "NoSuchBucket", s3.copy_object, **target, CopySource={"Bucket": "another", "Key": key})

    large = os.urandom(17 * MIB)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_fileobj(io.BytesIO(large), BUCKET, "py/copy/large", Config=config)
    s3.copy({"Bucket": BUCKET, "Key": "py/copy/large"}, BUCKET, "py/copy/in parts", Config=config)
    head = s3.head_object(Bucket=BUCKET, Key="py/copy/in parts")
    assert head["ETag"].endswith('-4"'), head
    assert s3.get_object(Bucket=BUCKET, Key="py/copy/in parts")["Body"].read() == large
    s3.copy_object(Bucket=BUCKET, Key="py/copy/whole", CopySource={"Bucket": BUCKET, "Key": "py/copy/large"})
    assert s3.head_object(Bucket=BUCKET, Key="py/copy/whole")["ETag"].strip('"') == hashlib.md5(large).hexdigest()

    asked = ["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"]
    seen = s3.get_object_attributes(Bucket=BUCKET, Key="py/copy/in parts", ObjectAttributes=asked)
    assert seen["ObjectSize"] == len(large) and seen["ETag"].strip('"') == head["ETag"].strip('"'), seen
    assert seen["ObjectParts"]["TotalPartsCount"] == 4, seen
    seen = s3.get_object_attributes(**target, ObjectAttributes=["ObjectSize"])
    assert seen["ObjectSize"] == len(body) and "ETag" not in seen, seen


def deletes():
    keys = [f"py/many/{number}" for number in range(1100)]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    some = [{"Key": key} for key in keys[:1000]]
    done = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [*some[:999], {"Key": "py/none"}]})
    assert len(done["Deleted"]) == 1000 and "Errors" not in done, done
    refused(400, "MalformedXML", s3.delete_objects, Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})
    wrong = [{"Key": keys[1050], "ETag": "0" * 32}, {"Key": keys[1051]}]
    done = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": wrong, "Quiet": True})
    assert "Deleted" not in done and [e["Code"] for e in done["Errors"]] == ["PreconditionFailed"], done
    assert len(s3.list_objects_v2(Bucket=BUCKET, Prefix="py/many/")["Contents"]) == 100
    refused(412, "PreconditionFailed", s3.delete_object, Bucket=BUCKET, Key=keys[1050], IfMatch="0" * 32)


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


for step in [
    objects,
    bucket,
    checksums,
    lists,
    lists_version_1,
    multipart,
    copies,
    deletes,
    presigned,
    remove_all,
]:
    step()
print("boto3", boto3.__version__, "agrees")
