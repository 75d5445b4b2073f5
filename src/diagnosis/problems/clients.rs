//! Problems of the container clients.

use crate::diagnosis::facts::clients::{ClientState, FoundClient};
use crate::diagnosis::{Check, Command, Fix, Operator, Section, Status};
use crate::docker::client::ContainerClient;
use crate::printable::printable_path;
use crate::system::process::AskError;

/// A problem of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientProblem {
    /// None of the known clients is on PATH.
    None,
    /// A snap.
    Snap,
    /// A flatpak.
    Flatpak,
    /// The client fails when asked for its version, does not start, or does not answer.
    DoesNotRun(Option<AskError>),
}

impl ClientProblem {
    /// The problem of this client, if it has one.
    pub(crate) fn of(found: &FoundClient) -> Option<Self> {
        match &found.state {
            ClientState::Version(_) => None,
            ClientState::Snap => Some(Self::Snap),
            ClientState::Flatpak => Some(Self::Flatpak),
            ClientState::Fails => Some(Self::DoesNotRun(None)),
            ClientState::NotStarted(why) => Some(Self::DoesNotRun(Some(why.clone()))),
        }
    }

    /// The kind of problem, for scripts.
    pub(crate) fn id(&self) -> &'static str {
        match self {
            Self::None => "client-none",
            Self::Snap => "client-snap",
            Self::Flatpak => "client-flatpak",
            Self::DoesNotRun(_) => "client-does-not-run",
        }
    }

    /// Whether pulls fail; a client that does not run matters where no other one does.
    fn severity(&self, is_only: bool) -> Status {
        match self {
            Self::DoesNotRun(_) if !is_only => Status::Warning,
            Self::None | Self::Snap | Self::Flatpak | Self::DoesNotRun(_) => Status::Failure,
        }
    }

    fn cause(&self) -> String {
        match self {
            Self::None => {
                let names: Vec<_> = ContainerClient::ALL.iter().map(|it| it.name()).collect();
                format!("none of these is on PATH: {}", names.join(", "))
            }
            Self::Snap => "a snap: it cannot start helpers, and it has its own config".to_owned(),
            Self::Flatpak => "a flatpak: it cannot start helpers outside its sandbox".to_owned(),
            Self::DoesNotRun(None) => "fails when asked for its version".to_owned(),
            Self::DoesNotRun(Some(why)) => why.of_started(),
        }
    }

    fn fix(&self, client: Option<ContainerClient>, operator: &Operator) -> Fix {
        let name = client.map_or("docker or podman", ContainerClient::name);
        match self {
            Self::None => Fix::from("install docker or podman"),
            Self::Snap => Fix::Run(vec![operator.as_root(Command::new(["snap", "remove", name]))]),
            Self::Flatpak => Fix::from(format!("install {name} from the system's packages")),
            Self::DoesNotRun(_) => Fix::from(format!("reinstall {name}")),
        }
    }

    /// The problem as a check; of `found`, if it is about a client. `is_only` means that no client
    /// runs.
    pub(crate) fn check(
        &self,
        found: Option<&FoundClient>,
        is_only: bool,
        operator: &Operator,
    ) -> Check {
        let subject = found.map_or_else(|| "PATH".to_owned(), |found| printable_path(&found.path));
        let check = Check::ok(Section::Client, self.id(), subject, self.cause());
        let fix = Some(self.fix(found.map(|found| found.client), operator));
        Check { status: self.severity(is_only), fix, ..check }
    }
}
