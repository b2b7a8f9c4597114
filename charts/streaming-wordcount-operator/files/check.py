"""What `helm test` runs in the operator's image: the operator answers, the CRD is served; never changes anything."""

import ssl
import sys
import urllib.request

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"

print("operator:", urllib.request.urlopen(sys.argv[1], timeout=10).read().decode().strip())
with open(f"{ACCOUNT}/token", encoding="ascii") as token:
    request = urllib.request.Request(
        "https://kubernetes.default.svc/apis/streaming.wordcount.dev/v1alpha1",
        headers={"Authorization": f"Bearer {token.read()}"},
    )
trust = ssl.create_default_context(cafile=f"{ACCOUNT}/ca.crt")
answer = urllib.request.urlopen(request, timeout=10, context=trust).read().decode()
if '"streamingwordcounts"' not in answer:
    sys.exit("the API server does not serve streamingwordcounts")
print("CRD: served")
