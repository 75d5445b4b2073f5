# Builds, tests and installs a package like the phases of nixpkgs's buildRustPackage:
#
#   out=DIRECTORY bash nixpkgs.bash PACKAGE.json      in the unpacked source
set -euo pipefail
package=$1
: "${out:?where to install}"

# part NAME: an attribute's text, or its words, one per line.
part() {
    python3 -c '
import json, sys
part = json.load(open(sys.argv[1]))[sys.argv[2]]
print(part if isinstance(part, str) else "\n".join(part))' "$package" "$1"
}

# What the package's installShellFiles adds to the phases.
installManPage() {
    local page
    for page in "$@"; do install -Dm644 "$page" -t "$out/share/man/man${page##*.}"; done
}
installShellCompletion() {
    case $1 in
    --bash) install -Dm644 "$2" -t "$out/share/bash-completion/completions" ;;
    --zsh) install -Dm644 "$2" -t "$out/share/zsh/site-functions" ;;
    --fish) install -Dm644 "$2" -t "$out/share/fish/vendor_completions.d" ;;
    *) echo "installShellCompletion does not support $1" >&2 && return 1 ;;
    esac
}

[ "$(part nativeBuildInputs)" = installShellFiles ]
cargo fetch --locked --quiet
cargo build --frozen --release --quiet
eval "$(part postBuild)"
mapfile -t flags < <(part cargoTestFlags)
cargo test --frozen --release --quiet "${flags[@]}"
install -Dm755 target/release/docker-credential-scw -t "$out/bin"
eval "$(part postInstall)"
echo installed
