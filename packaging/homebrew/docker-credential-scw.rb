# packaging/recipes fills this in for a release.
class DockerCredentialScw < Formula
  desc "Docker credential helper for the Scaleway Container Registry"
  homepage "@REPOSITORY@"
  url "@REPOSITORY@/releases/download/v@VERSION@/docker-credential-scw-@VERSION@-source.tar.gz"
  sha256 "@SHA256@"
  license "Apache-2.0"

  depends_on "rust" => :build

  def install
    system "cargo", "install", *std_cargo_args
    system "cargo", "run", "--locked", "-p", "docker-credential-scw-pages", "--", "pages"
    man1.install Dir["pages/man/*.1"]
    bash_completion.install "pages/completions/bash/docker-credential-scw"
    zsh_completion.install "pages/completions/zsh/_docker-credential-scw"
    prefix.install "packaging/THIRD-PARTY-LICENSES.txt"
    fish_completion.install "pages/completions/fish/docker-credential-scw.fish"
  end

  def caveats
    <<~EOS
      Docker finds it once its config names it:
        docker-credential-scw install
    EOS
  end

  test do
    key = "11111111-1111-1111-1111-111111111111"
    ENV["SCW_SECRET_KEY"] = key
    assert_match key, pipe_output("#{bin}/docker-credential-scw get", "rg.fr-par.scw.cloud", 0)
    assert_match version.to_s, shell_output("#{bin}/docker-credential-scw version")
  end
end
