{
  lib,
  rustPlatform,
  installShellFiles,
}:

rustPlatform.buildRustPackage {
  pname = "docker-credential-scw";
  version = (lib.importTOML ../../Cargo.toml).package.version;
  # Leave out build output.
  src = lib.cleanSourceWith {
    src = lib.cleanSource ../..;
    filter = path: _: !(lib.elem (baseNameOf path) [ "target" "stage" ]);
  };
  cargoLock.lockFile = ../../Cargo.lock;

  nativeBuildInputs = [ installShellFiles ];

  # The other tests need clients and a registry.
  cargoTestFlags = [ "--test" "in_process" ];

  postBuild = ''
    cargo run --frozen -p docker-credential-scw-pages -- pages
  '';

  postInstall = ''
    installManPage pages/man/*.1
    installShellCompletion --bash pages/completions/bash/docker-credential-scw
    installShellCompletion --zsh pages/completions/zsh/_docker-credential-scw
    installShellCompletion --fish pages/completions/fish/docker-credential-scw.fish
    install -Dm644 LICENSE packaging/THIRD-PARTY-LICENSES.txt -t $out/share/licenses/docker-credential-scw
    install -Dm644 README.md CHANGELOG.md -t $out/share/doc/docker-credential-scw
    install -Dm644 docs/* -t $out/share/doc/docker-credential-scw/docs
  '';

  meta = {
    description = "Docker credential helper for the Scaleway Container Registry";
    license = lib.licenses.asl20;
    mainProgram = "docker-credential-scw";
  };
}
