//! The command line: the one table that help, parsing and suggestions come from.

pub mod completion;
pub mod kubernetes;
pub mod prune;
pub mod registry;
pub mod usage;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::docker::client::ContainerClient;
use crate::helper_name::HelperName;
use crate::registry::ImageName;
use crate::registry_host::{REGIONS, RegistryHost, ServerUrl, is_region};

/// Gives Docker, podman and others the key for Scaleway's Container Registry.
#[derive(Debug, Parser)]
#[command(
    name = "docker-credential-scw",
    disable_help_subcommand = true,
    disable_version_flag = true,
    before_help = concat!("docker-credential-scw ", env!("CARGO_PKG_VERSION")),
    after_help = include_str!("help.txt"),
    max_term_width = 80
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of people. The protocol's actions are listed for the help; they never come here.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Install the helper and register it in Docker's config.json
    #[command(alias = "install-docker-helper", after_help = INSTALL_EXAMPLES)]
    Install(InstallOptions),
    /// Undo install
    #[command(after_help = UNINSTALL_EXAMPLES)]
    Uninstall(UninstallOptions),
    /// Log Docker, podman and others in to a registry
    #[command(after_help = LOGIN_EXAMPLES)]
    Login(LoginOptions),
    /// Log Docker, podman and others out of a registry
    #[command(after_help = LOGOUT_EXAMPLES)]
    Logout(LogoutOptions),
    /// Save a secret key in Scaleway's config.yaml
    #[command(after_help = SAVE_KEY_EXAMPLES)]
    SaveKey(SaveKeyOptions),
    /// Find out why pulls fail and how to fix it
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor(DoctorOptions),
    /// Print a config.json that holds the key, for CI
    #[command(after_help = kubernetes::DOCKER_CONFIG_EXAMPLES)]
    DockerConfig(kubernetes::DockerConfigOptions),
    /// Print a Secret that holds the key
    #[command(after_help = kubernetes::KUBERNETES_SECRET_EXAMPLES)]
    KubernetesSecret(kubernetes::KubernetesSecretOptions),
    /// Manage namespaces
    #[command(subcommand, disable_help_subcommand = true)]
    Namespace(registry::NamespaceCommand),
    /// Manage images
    #[command(subcommand, disable_help_subcommand = true)]
    Image(registry::ImageCommand),
    /// Manage tags
    #[command(subcommand, disable_help_subcommand = true)]
    Tag(registry::TagCommand),
    /// Show how much namespaces and images store
    #[command(after_help = USAGE_EXAMPLES)]
    Usage(usage::UsageOptions),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETION_EXAMPLES)]
    Completion(CompletionOptions),
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

const HELP_EXAMPLES: &str = "\
Examples:
  docker-credential-scw help install
  docker-credential-scw help tag list
";

const GET_EXAMPLES: &str = "\
Examples:
  echo rg.fr-par.scw.cloud | docker-credential-scw get

The output contains the secret key. If there is no key, run doctor to find out
why. Exit codes: 0 found; 1 no key, with the reason on stdout.
";

const STORE_EXAMPLES: &str = "\
Examples:
  docker-credential-scw store <credentials.json

docker login calls this. To log in, use login; to save a key in Scaleway's
config.yaml, use save-key.
";

const ERASE_EXAMPLES: &str = "\
Examples:
  echo rg.fr-par.scw.cloud | docker-credential-scw erase

docker logout calls this. To log out, use logout.
";

const LIST_EXAMPLES: &str = "\
Examples:
  docker-credential-scw list
";

const KUBELET_EXAMPLES: &str = "\
Examples:
  docker-credential-scw kubelet-credential-provider <request.json

The output contains the secret key, which is looked up as for get. Without a
key, or for an image of another registry, it contains no credentials. The
kubelet caches credentials for 5 minutes.
Exit codes: 0 answered; 1 failed, with the reason on stderr.
";

const INSTALL_EXAMPLES: &str = "\
Examples:
  sudo docker-credential-scw install
  docker-credential-scw install --path ~/.local/bin
  docker-credential-scw install --profile prod --region nl-ams
  docker-credential-scw install --dry-run
  sudo docker-credential-scw install --kubelet --preset k3s
  sudo docker-credential-scw install --kubelet --bin-dir DIR --config FILE

Without --path, the program is installed where PATH finds it, or in
/usr/local/bin (on Windows, --path is required). With sudo, only the program's
file is written as root: your config, keys and keyring are used as you.
install-docker-helper is another name of this command.
Arguments can be written as name=value: install path=/opt/bin
";

const UNINSTALL_EXAMPLES: &str = "\
Examples:
  sudo docker-credential-scw uninstall
  docker-credential-scw uninstall --path ~/.local/bin --purge
  docker-credential-scw uninstall --profile prod
  docker-credential-scw uninstall --region fr-par,nl-ams
  sudo docker-credential-scw uninstall --all
  docker-credential-scw uninstall --dry-run
  sudo docker-credential-scw uninstall --kubelet --preset k3s

The program is kept if another config or a helper bound to a profile needs it:
uninstall prints what that is and how to undo it. --all undoes all of it. A
program from a package (its manual is installed with it) is kept until the
package is removed. --force removes the program in both cases.
";

const LOGIN_EXAMPLES: &str = "\
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
profile's default_region or default_zone, then fr-par. it-mil has two
registries: login logs in to both.

Exit codes: that of the program; 1 if one of several registries failed; 130
interrupted.
";

const LOGOUT_EXAMPLES: &str = "\
Examples:
  docker-credential-scw logout
  docker-credential-scw logout --program podman --region all

A key in a variable or in config.yaml is kept and still used.
";

const SAVE_KEY_EXAMPLES: &str = "\
Examples:
  docker-credential-scw save-key
  docker-credential-scw save-key --profile prod
  pass show scaleway | docker-credential-scw save-key
  docker-credential-scw save-key --dry-run

Asks for the key without showing it, or reads it from standard input if that is
not a terminal. The key is never an argument: other users can see those.

Without --profile the key is saved at the top level of the file, where it is the
default for every profile. Adds or replaces one secret_key line and leaves the
rest of the file unchanged. A new file can be read by its owner only.
";

const DOCTOR_EXAMPLES: &str = "\
Examples:
  docker-credential-scw doctor
  docker-credential-scw doctor --region fr-par
  docker-credential-scw doctor rg.fr-par.scw.cloud/my-ns/app:1.2
  docker-credential-scw doctor rg.fr-par.scw.cloud/my-ns/app --push
  docker-credential-scw doctor --offline
  docker-credential-scw doctor -o json
  sudo docker-credential-scw doctor --kubelet --preset k3s

With IMAGE, doctor also finds out whether that image can be pulled and whether
it is public. It downloads nothing, changes nothing and shows no key.
Exit codes: 0 pulls will work; 1 pulls will fail, and each problem has its fix.
";

const USAGE_EXAMPLES: &str = "\
Examples:
  docker-credential-scw usage --region all
  docker-credential-scw usage my-ns
  docker-credential-scw usage --price 0.027 -o json

Sorted by size. Sizes are the API's: layers that images share count once per
image. The cost is an estimate for private images.
";

const COMPLETION_EXAMPLES: &str = "\
Examples, each for the shell's next start:
  mkdir -p ~/.local/share/bash-completion/completions
  docker-credential-scw completion bash >\\
    ~/.local/share/bash-completion/completions/docker-credential-scw
  mkdir -p ~/.zfunc
  docker-credential-scw completion zsh >~/.zfunc/_docker-credential-scw
  mkdir -p ~/.config/fish/completions
  docker-credential-scw completion fish >\\
    ~/.config/fish/completions/docker-credential-scw.fish
  docker-credential-scw completion powershell >>$PROFILE
  mkdir -p ~/.config/elvish
  docker-credential-scw completion elvish >>~/.config/elvish/rc.elv

For zsh, add this to ~/.zshrc before compinit: fpath+=(~/.zfunc)
Packages include the first three.
";

/// What `install` and `uninstall` have in common.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// Directory of the program
    #[arg(long, value_name = "DIR", conflicts_with = "kubelet")]
    pub path: Option<PathBuf>,
    /// Profile of config.yaml that the helper is bound to
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub profile: Option<String>,
    /// Directory of config.json [default: ~/.docker]
    #[arg(long, value_name = "DIR", conflicts_with = "kubelet")]
    pub docker_config: Option<PathBuf>,
    /// Print what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Replace other entries and programs; write in place
    #[arg(long)]
    pub force: bool,
    /// Answer yes to all questions
    #[arg(short, long)]
    pub yes: bool,
    /// Output format: human or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: OutputFormat,
}

impl Command {
    /// The place that `install` and `uninstall` are about. The kubelet's files are root's.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Install(InstallOptions { kubelet, .. })
            | Self::Uninstall(UninstallOptions { kubelet, .. })
                if kubelet.kubelet =>
            {
                None
            }
            Self::Install(options) => Some(&options.place),
            Self::Uninstall(options) => Some(&options.place),
            _ => None,
        }
    }
}

/// The arguments of `install`.
#[derive(Debug, Clone, Args)]
pub struct InstallOptions {
    #[command(flatten)]
    /// Where.
    pub place: Place,
    /// Regions, or all [default: all]
    #[arg(
        long,
        value_name = "REGION",
        value_parser = region_or_all,
        value_delimiter = ',',
        conflicts_with = "kubelet"
    )]
    pub region: Vec<RegionChoice>,
    #[command(flatten)]
    /// The kubelet, where it is about one.
    pub kubelet: kubernetes::KubeletOptions,
}

/// The arguments of `uninstall`.
#[derive(Debug, Clone, Args)]
pub struct UninstallOptions {
    #[command(flatten)]
    /// Where.
    pub place: Place,
    /// Regions, or all [default: all]
    #[arg(
        long,
        value_name = "REGION",
        value_parser = region_or_all,
        value_delimiter = ',',
        conflicts_with = "kubelet"
    )]
    pub region: Vec<RegionChoice>,
    /// Undo install for all profiles and for root
    #[arg(long, conflicts_with_all = ["profile", "region", "kubelet"])]
    pub all: bool,
    /// Also forget the keys that docker login stored
    #[arg(long, conflicts_with = "kubelet")]
    pub purge: bool,
    #[command(flatten)]
    /// The kubelet, where it is about one.
    pub kubelet: kubernetes::KubeletOptions,
}

/// The arguments of `login`.
#[derive(Debug, Clone, Args)]
pub struct LoginOptions {
    #[command(flatten)]
    /// Who logs in where.
    pub target: LoginTarget,
    /// Profile of config.yaml that has the key
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub profile: Option<String>,
    /// Read the key from standard input
    #[arg(long, conflicts_with = "profile")]
    pub secret_key_stdin: bool,
}

/// The arguments of `logout`.
#[derive(Debug, Clone, Args)]
pub struct LogoutOptions {
    #[command(flatten)]
    /// Who logs out where.
    pub target: LoginTarget,
}

/// The arguments of `save-key`.
#[derive(Debug, Clone, Args)]
pub struct SaveKeyOptions {
    /// Profile of config.yaml to save the key in
    #[arg(long, value_name = "NAME", value_parser = profile_name)]
    pub profile: Option<String>,
    /// Print the change, without the key, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Replace another key; write a file in place
    #[arg(long)]
    pub force: bool,
}

/// What `login` and `logout` have in common.
#[derive(Debug, Clone, Args)]
pub struct LoginTarget {
    /// Registries, such as rg.fr-par.scw.cloud
    #[arg(value_name = "REGISTRY", value_parser = registry, conflicts_with = "region")]
    pub registry: Vec<RegistryHost>,
    /// Program that logs in [default: docker]
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "PROGRAM",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub program: ContainerClient,
    /// Regions, or all
    #[arg(long, value_name = "REGION", value_parser = region_or_all, value_delimiter = ',')]
    pub region: Vec<RegionChoice>,
}

/// The arguments of `doctor`.
#[derive(Debug, Clone, Args)]
pub struct DoctorOptions {
    /// Image to check, with its registry [default tag: latest]
    #[arg(value_name = "IMAGE", value_parser = image, conflicts_with = "kubelet")]
    pub image: Option<ImageName>,
    /// Regions, or all [default: all]
    #[arg(
        long,
        value_name = "REGION",
        value_parser = region_or_all,
        value_delimiter = ',',
        conflicts_with_all = ["image", "kubelet"]
    )]
    pub region: Vec<RegionChoice>,
    /// Check whether you can push to the image
    #[arg(long, requires = "image")]
    pub push: bool,
    /// Do not connect to registries
    #[arg(long, conflicts_with_all = ["image", "kubelet"])]
    pub offline: bool,
    /// Output format: human or json
    #[arg(
        short,
        long,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub output: OutputFormat,
    #[command(flatten)]
    /// The kubelet, where it is about one.
    pub kubelet: kubernetes::KubeletOptions,
}

/// One region, or every one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionChoice {
    /// Every region with a registry.
    All,
    /// One.
    One(String),
}

/// Returns the regions that `--region` names, in that order and each once. `all` means every
/// region with a registry. Returns `None` if the option was not given.
pub fn named_regions(choices: &[RegionChoice]) -> Option<Vec<String>> {
    let mut regions: Vec<String> = Vec::new();
    for choice in choices {
        let named = match choice {
            RegionChoice::All => REGIONS.map(str::to_owned).to_vec(),
            RegionChoice::One(region) => vec![region.clone()],
        };
        for region in named {
            if !regions.contains(&region) {
                regions.push(region);
            }
        }
    }
    (!choices.is_empty()).then_some(regions)
}

/// The arguments of `completion`.
#[derive(Debug, Clone, Args)]
pub struct CompletionOptions {
    /// bash, zsh, fish, powershell or elvish
    #[arg(
        value_enum,
        value_name = "SHELL",
        required_unless_present = "profiles",
        hide_possible_values = true
    )]
    pub shell: Option<Shell>,
    /// Print the names of profiles, which is what the scripts ask for
    #[arg(long, hide = true, conflicts_with = "shell")]
    pub profiles: bool,
}

/// How a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For scripts.
    Json,
}

impl Place {
    /// The helper's name as Docker's config has it: `scw`, or `scw-prod` for a profile.
    pub fn helper(&self) -> HelperName {
        HelperName::of_profile(self.profile.as_deref())
    }
}

/// Returns the help of the program itself.
pub fn help() -> String {
    <Cli as clap::CommandFactory>::command().render_help().to_string()
}

/// Reads the words of a command line, the program's name first.
///
/// `name=value` is taken for `--name=value`, as `scw` has it, so that commands written for
/// `scw registry` work when pasted; `name=true` and `name=false` turn a switch on and off, with the
/// dashes as well. `tag-id=value` is taken for the value where a command takes a tag: old versions
/// of `scw` had it so. After `--` nothing is an option. `help install` is `install --help`.
///
/// # Errors
/// Clap's error, which is also how it hands over help.
pub fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let turned;
    let words = match words {
        [program, help, rest @ ..]
            if help == "help" && rest.first().is_none_or(|word| !is_help_option(word)) =>
        {
            let program = std::slice::from_ref(program);
            turned = [program, rest, &["--help".into()]].concat();
            turned.as_slice()
        }
        words => words,
    };
    let command = <Cli as clap::CommandFactory>::command();
    let mut subcommand = &command;
    let mut options_from = 1;
    while let Some(found) = words
        .get(options_from)
        .and_then(|word| word.to_str())
        .and_then(|name| subcommand.find_subcommand(name))
    {
        subcommand = found;
        options_from += 1;
    }
    let argument = |name: &str| {
        subcommand.get_arguments().find(|argument| {
            let aliases = argument.get_all_aliases().unwrap_or_default();
            argument.get_long() == Some(name) || aliases.contains(&name)
        })
    };
    let is_positional = |name: &str, value: &str| {
        let is_meant = |argument: &clap::Arg| {
            let names = argument.get_value_names().unwrap_or_default();
            let thing = name.strip_suffix("-id").unwrap_or(name);
            names.iter().any(|known| known.eq_ignore_ascii_case(thing))
        };
        argument(name).is_none()
            && !value.is_empty()
            && !value.starts_with('-')
            && subcommand.get_positionals().any(is_meant)
    };
    let is_switch = |name: &str| Some(!argument(name)?.get_action().takes_values());
    // The word after `--path` is its value, even if it looks like an option.
    let is_value = |at: usize| {
        let before = words.get(at.wrapping_sub(1)).and_then(|word| word.to_str());
        let option = before.and_then(|word| word.strip_prefix("--"));
        before == Some("-o") || option.is_some_and(|name| is_switch(name) == Some(false))
    };
    let values_from = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let rewritten = words.iter().enumerate().filter_map(|(at, word)| {
        let is_kept = at < options_from.max(2) || at >= values_from || is_value(at);
        // `--image-id ID` for what is a positional argument here.
        let option = word.to_str().and_then(|word| word.strip_prefix("--"));
        let value = words.get(at + 1).filter(|_| at + 1 < values_from);
        if let (false, Some(name), Some(value)) =
            (is_kept, option, value.and_then(|it| it.to_str()))
            && is_positional(name, value)
        {
            return None;
        }
        let pair = if is_kept { None } else { name_and_value(word) };
        let Some((name, value)) = pair else { return Some(word.clone()) };
        match (is_switch(name).unwrap_or(false), value) {
            (true, "true") => Some(format!("--{name}").into()),
            (true, "false") => None,
            _ if is_positional(name, value) => Some(value.into()),
            _ => Some(format!("--{name}={value}").into()),
        }
    });
    Cli::try_parse_from(rewritten).map_err(|error| as_typed(error, words))
}

/// Returns whether a word asks for help.
pub fn is_help_option(word: &OsStr) -> bool {
    word == "--help" || word == "-h"
}

/// Calls an unknown argument what was typed: `foo=bar`, and not the `--foo` that it was read as.
/// The tip about passing it as a value is left out, because no name or ID looks like an option.
fn as_typed(mut error: clap::Error, words: &[OsString]) -> clap::Error {
    if let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(meant) = known_elsewhere(typed, words)
    {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(meant));
    } else if let Some(ContextValue::Strings(alike)) = error.get(ContextKind::SuggestedSubcommand) {
        // Clap names the nearest last.
        let nearest_first = alike.iter().rev().cloned().collect();
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(nearest_first));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    error.remove(ContextKind::Suggested);
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let prefix = format!("{}=", unknown.trim_start_matches('-'));
    let typed =
        words.iter().filter_map(|word| word.to_str()).find(|word| word.starts_with(&prefix));
    if let Some(typed) = typed {
        error.insert(ContextKind::InvalidArg, ContextValue::String(typed.to_owned()));
    }
    error
}

/// The commands that are meant by the words of other programs: Docker's, and `scw registry`.
fn known_elsewhere(typed: &str, words: &[OsString]) -> Option<Vec<String>> {
    let kinds = ["namespace", "image", "tag"];
    let meant = match typed {
        "ls" => vec!["list"],
        "rm" | "remove" => vec!["delete"],
        "ns" | "namespaces" => vec!["namespace"],
        "images" => vec!["image"],
        "tags" => vec!["tag"],
        "registry" => {
            let named = words.iter().filter_map(|word| word.to_str());
            let named: Vec<_> = named.filter(|word| kinds.contains(word)).take(1).collect();
            if named.is_empty() { kinds.to_vec() } else { named }
        }
        _ => return None,
    };
    Some(meant.into_iter().map(str::to_owned).collect())
}

/// The parts of `name=value` and `--name=value`.
fn name_and_value(word: &OsStr) -> Option<(&str, &str)> {
    let word = word.to_str()?;
    let (name, value) = word.strip_prefix("--").unwrap_or(word).split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_name.then_some((name, value))
}

fn image(text: &str) -> Result<ImageName, String> {
    ImageName::parse(text).map_err(|error| error.to_string())
}

fn region(text: &str) -> Result<String, String> {
    if is_region(text) {
        return Ok(text.to_owned());
    }
    Err(format!("a region looks like {}", REGIONS.join(", ")))
}

/// Reads a registry as people write it: with `https://`, a namespace or an image as well.
fn registry(text: &str) -> Result<RegistryHost, String> {
    if is_region(text) || text == "all" {
        return Err(format!("that is no registry: use --region {text}"));
    }
    match ServerUrl::parse(text) {
        Some(ServerUrl { plain_http: true, .. }) => {
            Err("a key is sent over https only: leave out http://".to_owned())
        }
        Some(ServerUrl { host, .. }) => Ok(host),
        None => Err("a registry looks like rg.fr-par.scw.cloud".to_owned()),
    }
}

fn region_or_all(text: &str) -> Result<RegionChoice, String> {
    match text {
        "all" => Ok(RegionChoice::All),
        name => region(name).map(RegionChoice::One).map_err(|error| error + ", or all"),
    }
}

fn profile_name(text: &str) -> Result<String, String> {
    let is_file_name = !text.is_empty()
        && !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'));
    if is_file_name {
        return Ok(text.to_owned());
    }
    Err("it becomes part of a file name, so it must not be empty or contain / \\ :".to_owned())
}
