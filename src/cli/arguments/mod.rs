//! The table of commands: help, parsing, suggestions and completion come from it.
//!
//! Each family of commands has a file with its arguments, its examples and the conversion into plain
//! values.

mod completion;
mod doctor;
mod install;
mod key_copies;
mod kubelet;
mod login;
mod options;
mod protocol;
mod registry;
mod save_key;

use clap::{Parser, Subcommand};

use self::completion::{COMPLETION_EXAMPLES, CompletionArguments};
use self::doctor::{DOCTOR_EXAMPLES, DoctorArguments};
use self::install::{INSTALL_EXAMPLES, InstallArguments, UNINSTALL_EXAMPLES, UninstallArguments};
use self::key_copies::{
    DOCKER_CONFIG_EXAMPLES, DockerConfigArguments, KUBERNETES_SECRET_EXAMPLES,
    KubernetesSecretArguments,
};
use self::login::{LOGIN_EXAMPLES, LOGOUT_EXAMPLES, LoginArguments, LogoutArguments};
pub(super) use self::options::RegionArgument;
use self::protocol::{
    ERASE_EXAMPLES, GET_EXAMPLES, HELP_EXAMPLES, KUBELET_EXAMPLES, LIST_EXAMPLES, STORE_EXAMPLES,
};
use self::registry::{
    ImageArguments, NamespaceArguments, RETAG_EXAMPLES, RetagArguments, TagArguments,
    USAGE_EXAMPLES, UsageArguments,
};
use self::save_key::{SAVE_KEY_EXAMPLES, SaveKeyArguments};
use super::command::Command;

/// Gives Docker, podman and others the key for Scaleway's Container Registry.
#[derive(Debug, Parser)]
#[command(
    name = "docker-credential-scw",
    disable_help_subcommand = true,
    disable_version_flag = true,
    before_help = concat!("docker-credential-scw ", env!("CARGO_PKG_VERSION")),
    after_help = include_str!("../help.txt"),
    max_term_width = 80
)]
pub struct Cli {
    #[command(subcommand)]
    command: CommandArguments,
}

/// The commands with their arguments, as clap reads them.
#[derive(Debug, Subcommand)]
enum CommandArguments {
    /// Install the helper and register it in Docker's config.json
    #[command(alias = "install-docker-helper", after_help = INSTALL_EXAMPLES)]
    Install(InstallArguments),
    /// Undo install
    #[command(after_help = UNINSTALL_EXAMPLES)]
    Uninstall(UninstallArguments),
    /// Log Docker, podman and others in to a registry
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(LoginArguments),
    /// Log Docker, podman and others out of a registry
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(LogoutArguments),
    /// Save a secret key in Scaleway's config.yaml
    #[command(after_help = SAVE_KEY_EXAMPLES)]
    SaveKey(SaveKeyArguments),
    /// Find out why pulls fail and how to fix it
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorArguments),
    /// Print a config.json that holds the key, for CI
    #[command(after_help = DOCKER_CONFIG_EXAMPLES)]
    DockerConfig(DockerConfigArguments),
    /// Print a Secret that holds the key
    #[command(after_help = KUBERNETES_SECRET_EXAMPLES)]
    KubernetesSecret(KubernetesSecretArguments),
    /// Manage namespaces
    #[command(subcommand, disable_help_subcommand = true)]
    Namespace(NamespaceArguments),
    /// Manage images
    #[command(subcommand, disable_help_subcommand = true)]
    Image(ImageArguments),
    /// Manage tags
    #[command(subcommand, disable_help_subcommand = true)]
    Tag(TagArguments),
    /// Give an image another tag, without a pull and a push
    #[command(after_help = RETAG_EXAMPLES)]
    Retag(RetagArguments),
    /// Show how much storage namespaces and images use
    #[command(after_help = USAGE_EXAMPLES)]
    Usage(UsageArguments),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completion(CompletionArguments),
    /// Print the credentials for a registry (called by Docker)
    ///
    /// Reads a server URL, such as rg.fr-par.scw.cloud, from standard input. Prints
    /// the registry, the user name and the secret key as JSON.
    #[command(verbatim_doc_comment, after_help = GET_EXAMPLES)]
    Get,
    /// Store a key (called by docker login)
    ///
    /// Reads JSON like that of get from standard input.
    #[command(after_help = STORE_EXAMPLES)]
    Store,
    /// Forget a key (called by docker logout)
    ///
    /// Reads a server URL, such as rg.fr-par.scw.cloud, from standard input.
    #[command(after_help = ERASE_EXAMPLES)]
    Erase,
    /// List registries that have a key
    ///
    /// Prints JSON: server URLs and user names. It reads no input.
    #[command(after_help = LIST_EXAMPLES)]
    List,
    /// Answer the kubelet with the credentials for an image
    ///
    /// Reads the kubelet's request as JSON from standard input and prints JSON.
    /// Started as scw-credential-provider, the program does this without an
    /// argument.
    // Hidden, as its length would widen the list of commands beyond 80 columns.
    #[command(hide = true, verbatim_doc_comment, after_help = KUBELET_EXAMPLES)]
    KubeletCredentialProvider,
    /// Show the version (also --version, -V)
    Version,
    /// Show the help of a command
    #[command(after_help = HELP_EXAMPLES)]
    Help {
        /// Command, such as install or tag list
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

impl Cli {
    /// Converts the arguments into a command. Returns `None` for commands that `run` handles before it
    /// parses a command line. They are in the table only for the help.
    pub(super) fn into_command(self, bound_profile: Option<&str>) -> Option<Command> {
        Some(match self.command {
            CommandArguments::Install(arguments) => arguments.into_command(bound_profile),
            CommandArguments::Uninstall(arguments) => arguments.into_command(bound_profile),
            CommandArguments::Login(arguments) => Command::Login(arguments.into()),
            CommandArguments::Logout(arguments) => Command::Logout(arguments.into()),
            CommandArguments::SaveKey(arguments) => {
                Command::SaveKey(arguments.into_save_key(bound_profile))
            }
            CommandArguments::Doctor(arguments) => arguments.into(),
            CommandArguments::DockerConfig(arguments) => {
                Command::DockerConfig(arguments.into_docker_config(bound_profile))
            }
            CommandArguments::KubernetesSecret(arguments) => {
                Command::KubernetesSecret(arguments.into_secret(bound_profile))
            }
            CommandArguments::Namespace(arguments) => {
                Command::Namespace(arguments.into_command(bound_profile))
            }
            CommandArguments::Image(arguments) => {
                Command::Image(arguments.into_command(bound_profile))
            }
            CommandArguments::Tag(arguments) => Command::Tag(arguments.into_command(bound_profile)),
            CommandArguments::Retag(arguments) => {
                Command::Retag(arguments.into_retag(bound_profile))
            }
            CommandArguments::Usage(arguments) => {
                Command::Usage(arguments.into_usage(bound_profile))
            }
            CommandArguments::Completion(arguments) => arguments.into(),
            CommandArguments::Get
            | CommandArguments::Store
            | CommandArguments::Erase
            | CommandArguments::List
            | CommandArguments::KubeletCredentialProvider
            | CommandArguments::Version
            | CommandArguments::Help { .. } => return None,
        })
    }
}
