# Sourced by the other scripts: system packages, the Rust toolchain, where to build.
# Installs only what is missing.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/gemba/target}"
[ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"

need_packages() {
    command -v apt-get >/dev/null || return 0
    local missing=()
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    local sudo=""
    [ "$(id -u)" -eq 0 ] || sudo="sudo"
    echo "installing: ${missing[*]}"
    $sudo apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

command -v cc >/dev/null || need_packages build-essential
if ! command -v cargo >/dev/null; then
    need_packages rustup ca-certificates
    command -v rustup >/dev/null && rustup toolchain install 1.95.0 --profile minimal -c clippy -c rustfmt
    [ -f "$HOME/.cargo/env" ] && . "$HOME/.cargo/env"
fi
command -v cargo >/dev/null || { echo "no Rust toolchain: install rustup, then run this again" >&2; exit 2; }
