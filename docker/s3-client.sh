#!/bin/sh
# Removes from botocore the descriptions of all services but the two that state in a bucket needs; must keep its common files.
set -eu
cd /opt/venv/lib/python3.*/site-packages/botocore/data
find . -mindepth 1 -maxdepth 1 -type d ! -name s3 ! -name sts -exec rm -rf {} +
python -c 'import cloudpathlib, boto3; boto3.client("s3", region_name="us-east-1"); boto3.client("sts", region_name="us-east-1")'
