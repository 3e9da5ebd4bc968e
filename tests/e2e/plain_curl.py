"""The few of curl's options that the README uses, for machines without curl."""

import argparse
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(prog="curl")
    parser.add_argument("url")
    parser.add_argument("--silent", "--show-error", "--retry-connrefused", action="store_true")
    parser.add_argument("--retry", type=int, default=0)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--json")
    parser.add_argument("--data-binary")
    given = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in given.header)
    body = None
    if given.json:
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        body = given.json.encode()
    elif given.data_binary:
        body = Path(given.data_binary.removeprefix("@")).read_bytes()
    sys.stdout.write(answer(urllib.request.Request(given.url, body, headers), given.retry))


def answer(request, retries):
    for left in range(retries, -1, -1):
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.read().decode()
        except urllib.error.URLError:
            if not left:
                raise
        time.sleep(1)
    return ""


if __name__ == "__main__":
    main()
