#!/bin/sh
# Find a Chromium for the browser tests, or install Debian's where we may.
set -eu
browser=${CHROMIUM:-/usr/bin/chromium}
[ -x "$browser" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the browser tests..."
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
    exit 0
fi
echo "The browser tests need Chromium: install the package 'chromium', or set CHROMIUM to its program." >&2
[ -z "${CI:-}" ] || exit 1
