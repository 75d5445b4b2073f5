# Builds, tests and installs a package as the phases of nixpkgs's buildRustPackage do:
#
#   out=DIRECTORY bash nixpkgs.bash PACKAGE.json      in the unpacked source
set -euo pipefail
package=$1
: "${out:?where to install}"

# part NAME: its text, or its words a line each.
part() {
    python3 -c '
import json, sys
part = json.load(open(sys.argv[1]))[sys.argv[2]]
print(part if isinstance(part, str) else "\n".join(part))' "$package" "$1"
}

# What the package's installShellFiles gives to its phases.
installManPage() {
    local page
    for page in "$@"; do install -Dm644 "$page" -t "$out/share/man/man${page##*.}"; done
}
installShellCompletion() {
    case $1 in
    --bash) install -Dm644 "$2" -t "$out/share/bash-completion/completions" ;;
    --zsh) install -Dm644 "$2" -t "$out/share/zsh/site-functions" ;;
    --fish) install -Dm644 "$2" -t "$out/share/fish/vendor_completions.d" ;;
    *) echo "installShellCompletion knows no $1" >&2 && return 1 ;;
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
