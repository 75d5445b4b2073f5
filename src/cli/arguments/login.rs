//! The command line of `login` and `logout`.

use clap::Args;

use super::options::{KeyProfileOption, RegionsOption};
use crate::cli::command::{Login, LoginKey, LoginTarget, Regions, Registries};
use crate::cli::values::registry;
use crate::docker::client::ContainerClient;
use crate::registry_host::RegistryHost;

pub(super) const LOGIN_EXAMPLES: &str = "\
Examples:
  docker-credential-scw login
  docker-credential-scw login rg.nl-ams.scw.cloud
  docker-credential-scw login --program podman --region nl-ams
  docker-credential-scw login --region all --profile prod
  pass show scaleway | docker-credential-scw login --secret-key-stdin

PROGRAM is docker, podman, nerdctl, buildah or skopeo.
The key is looked up as for get. If there is none, you are asked for it. After
install, no login is needed.
REGISTRY may have a namespace or https://: the login is for the whole registry.
Without REGISTRY, the region is --region, then SCW_DEFAULT_REGION, then the
profile's default_region, then that of SCW_DEFAULT_ZONE or default_zone, then
fr-par. it-mil has two registries: login logs in to both.

Exit code: the program's; 1 if one of several registries failed; 130 if
interrupted.
";

pub(super) const LOGOUT_EXAMPLES: &str = "\
Examples:
  docker-credential-scw logout
  docker-credential-scw logout --program podman --region all

A key in a variable or in config.yaml is kept and still used.
";

/// The arguments of `login`.
#[derive(Debug, Args)]
pub(super) struct LoginArguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    key: KeyProfileOption,
    /// Read the key from standard input
    #[arg(long, conflicts_with = "profile")]
    secret_key_stdin: bool,
}

/// The arguments of `logout`.
#[derive(Debug, Args)]
pub(super) struct LogoutArguments {
    #[command(flatten)]
    target: TargetArguments,
}

/// What `login` and `logout` have in common.
#[derive(Debug, Args)]
struct TargetArguments {
    /// Registries, such as rg.fr-par.scw.cloud
    #[arg(value_name = "REGISTRY", value_parser = registry, conflicts_with = "region")]
    registry: Vec<RegistryHost>,
    /// Program that logs in [default: docker]
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "PROGRAM",
        hide_default_value = true,
        hide_possible_values = true
    )]
    program: ContainerClient,
    #[command(flatten)]
    regions: RegionsOption,
}

impl From<LoginArguments> for Login {
    fn from(arguments: LoginArguments) -> Self {
        let key = match (arguments.secret_key_stdin, arguments.key.profile) {
            (true, _) => LoginKey::FromStdin,
            (false, Some(profile)) => LoginKey::OfProfile(profile),
            (false, None) => LoginKey::LookedUp,
        };
        Self { target: arguments.target.into(), key }
    }
}

impl From<LogoutArguments> for LoginTarget {
    fn from(arguments: LogoutArguments) -> Self {
        arguments.target.into()
    }
}

impl From<TargetArguments> for LoginTarget {
    fn from(arguments: TargetArguments) -> Self {
        let mut hosts: Vec<RegistryHost> = Vec::new();
        for host in arguments.registry {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let registries = if hosts.is_empty() {
            Regions::from(arguments.regions).into()
        } else {
            Registries::Named(hosts)
        };
        Self { client: arguments.program, registries }
    }
}
