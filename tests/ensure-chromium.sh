#!/bin/sh
# Finds the system's Chromium for the browser tests, or installs it where that needs no password.
set -u

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        SUDO=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        SUDO="sudo -n"
    else
        SUDO=none
    fi
    if [ "$SUDO" != none ]; then
        echo "Installing Chromium for the browser tests…"
        export DEBIAN_FRONTEND=noninteractive
        if $SUDO apt-get install -y -q chromium >/dev/null 2>&1 ||
            { $SUDO apt-get update -q >/dev/null 2>&1 && $SUDO apt-get install -y -q chromium >/dev/null 2>&1; }; then
            exit 0
        fi
    fi
fi

echo "There is no Chromium here and it cannot be installed without a password: THE BROWSER TESTS ARE SKIPPED." >&2
echo "Install it (on Debian: apt-get install chromium) and run again." >&2
[ -z "${CI:-}" ] || exit 1
