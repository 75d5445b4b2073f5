//! Examples of the commands that `run` handles before a command line is parsed: the actions of the
//! protocols, and `help`.

pub(super) const GET_EXAMPLES: &str = "\
Examples:
  echo rg.fr-par.scw.cloud | docker-credential-scw get

The output contains the secret key. If there is no key, run doctor to find out
why. Exit codes: 0 found; 1 no key, with the reason on stdout.
";

pub(super) const STORE_EXAMPLES: &str = "\
Examples:
  docker-credential-scw store <credentials.json

docker login calls this. To log in, use login; to save a key in Scaleway's
config.yaml, use save-key.
";

pub(super) const ERASE_EXAMPLES: &str = "\
Examples:
  echo rg.fr-par.scw.cloud | docker-credential-scw erase

docker logout calls this. To log out, use logout.
";

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  docker-credential-scw list
";

pub(super) const KUBELET_EXAMPLES: &str = "\
Examples:
  docker-credential-scw kubelet-credential-provider <request.json

The output contains the secret key, which is looked up as for get. Without a
key, or for an image of another registry, it contains no credentials. The
kubelet caches credentials for 5 minutes.
Exit codes: 0 answered; 1 failed, with the reason on stderr.
";

pub(super) const HELP_EXAMPLES: &str = "\
Examples:
  docker-credential-scw help install
  docker-credential-scw help tag list
";
