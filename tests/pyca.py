"""pyca/cryptography over a pipe: one request and one answer a line, messages in base64."""

import base64
import sys

from cryptography.fernet import Fernet

for line in sys.stdin:
    what, key, text = line.split(" ")
    if what == "encrypt":
        answer = Fernet(key).encrypt(base64.b64decode(text))
    else:
        answer = base64.b64encode(Fernet(key).decrypt(text.strip()))
    print(answer.decode(), flush=True)
