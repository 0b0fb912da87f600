#!/bin/sh
# Installs what the Makefile's targets need and this machine does not have yet.
#   setup.sh packages EXTRAS STAMP   .venv with Gatehouse in it; touches STAMP when it is done
#   setup.sh broker                  mosquitto, where it can be installed
#   setup.sh documents               Pango and a Chinese font for PDFs, where they can be installed
#   setup.sh clients                 mosquitto_sub for benchmarks/ingest.py, where it can be installed
#   setup.sh browser                 Chromium for the browser tests, where it can be installed
set -eu

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }
has() { PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" >/dev/null 2>&1; }

# The command that runs others as root: nothing for root, sudo where it asks no password.
root=none
if [ "$(id -u)" = 0 ]; then root=""
elif has sudo && sudo -n true 2>/dev/null; then root="sudo -n"
fi

# apt PACKAGE...: installs Debian packages; fails where this user or this machine cannot.
apt() {
    [ "$root" != none ] && has apt-get || return 1
    say "installing $* with apt-get (may take a minute) ..."
    log=$(mktemp)
    if ! { $root apt-get -qq update && $root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y --no-install-recommends install "$@"; } >"$log" 2>&1; then
        tail -n 3 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

find_python() {
    for name in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if has "$name" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
        then echo "$name"; return; fi
    done
    fail "Python 3.11 or newer is needed: apt-get install python3.11, or set PYTHON=/path/to/it."
}

make_venv() {
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        apt "python$version-venv" || fail "python$version cannot make virtual environments, and" \
            "this user may not install packages: run \"apt-get install python$version-venv\" as root."
    fi
    say "making .venv with $python ..."
    rm -rf .venv
    "$python" -m venv .venv
}

packages() {
    .venv/bin/python -m pip --version >/dev/null 2>&1 || make_venv
    say "installing Python packages into .venv (a few minutes the first time) ..."
    .venv/bin/python -m pip install --disable-pip-version-check --quiet --progress-bar off \
        --root-user-action ignore -e ".$1" || fail "pip could not install the packages; see above."
    touch "$2"
}

broker() {
    has mosquitto && return
    if apt mosquitto; then
        # Debian starts a broker of its own with the package; ours runs on its own settings.
        $root systemctl disable --now mosquitto >/dev/null 2>&1 \
            || $root service mosquitto stop >/dev/null 2>&1 || true
        return
    fi
    say "mosquitto is missing and cannot be installed by this user: going on with the embedded" \
        "broker, which is for trying out only (run \"apt-get install mosquitto\" as root)."
}

documents() {
    missing=""
    PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q 'libpangoft2-1\.0\.so\.0' \
        || missing="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    has fc-list || missing="$missing fontconfig"
    has fc-list && [ -n "$(fc-list :lang=zh-cn family)" ] || missing="$missing fonts-wqy-microhei"
    [ -z "$missing" ] || apt $missing || say "$missing cannot be installed by this user: receipts" \
        "and bills as PDF do not work (run \"apt-get install $missing\" as root)."
}

clients() {
    has mosquitto_sub && return
    apt mosquitto-clients || say "mosquitto_sub is missing and cannot be installed by this user:" \
        "benchmarks/ingest.py cannot run (run \"apt-get install mosquitto-clients\" as root)."
}

browser() {
    # The driver of the browser tests brings a Node.js of its own, which needs this library.
    has chromium && PATH="$PATH:/sbin" ldconfig -p | grep -q 'libatomic\.so\.1' && return
    apt chromium libatomic1 || say "Chromium or libatomic1 is missing and cannot be installed by" \
        "this user: the browser tests cannot run (run \"apt-get install chromium libatomic1\" as root)."
}

cd "$(dirname "$0")/.."
case "${1:-}" in
    packages) packages "$2" "$3" ;;
    broker | documents | clients | browser) "$1" ;;
    *) fail "usage: setup.sh packages EXTRAS STAMP | broker | documents | clients | browser" ;;
esac
