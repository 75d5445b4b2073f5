# Replaces nixpkgs where it is not available: returns a package's attributes instead of building it.
# Then `nixpkgs.bash` runs phases like nixpkgs's.
rec {
  lib = {
    importTOML = file: builtins.fromTOML (builtins.readFile file);
    cleanSource = source: toString source;
    cleanSourceWith = { src, filter }: assert filter "/src/main.rs" "regular" && !filter "/target" "directory"; src;
    elem = builtins.elem;
    licenses.asl20 = "Apache-2.0";
  };
  installShellFiles = "installShellFiles";
  rustPlatform.buildRustPackage =
    package:
    package
    // {
      cargoLock.lockFile =
        assert builtins.pathExists package.cargoLock.lockFile;
        toString package.cargoLock.lockFile;
    };
  callPackage =
    file: more:
    let
      function = import file;
    in
    function (builtins.intersectAttrs (builtins.functionArgs function) {
      inherit lib installShellFiles rustPlatform;
    } // more);
}
