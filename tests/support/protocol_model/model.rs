//! The model: which key each source has, and what follows from that.

use std::collections::{BTreeMap, BTreeSet};

use super::steps::{Config, Server, Step};
use super::{Reply, Variables};

/// Today's registries, which `list` checks. The model does not ask the program for them.
const KNOWN: [&str; 5] = [
    "rg.fr-par.scw.cloud",
    "rg.nl-ams.scw.cloud",
    "rg.pl-waw.scw.cloud",
    "rg.it-mil.scw.cloud",
    "rg.it-mil.scw.eu",
];

const NOT_FOUND: &str = "credentials not found in native keychain\n";
const FILE: &str =
    if cfg!(windows) { "~\\.config\\scw\\config.yaml" } else { "~/.config/scw/config.yaml" };

/// How a keyring behaves while it is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It says that it is locked.
    Locked,
    /// It says that it is locked, but does not need to be open to say that there is no entry, as
    /// gnome-keyring, which encrypts keys and not hosts.
    LockedButListed,
    /// It waits for a dialog that does not appear.
    Silent,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::Locked | Self::LockedButListed => "the keyring is locked",
            Self::Silent => "the keyring did not answer within 5 s",
        }
    }
}

/// The stored key of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Key(&'static str),
    /// The entry was removed by another program.
    Lost,
    /// The user logged out, or a login failed, while the keyring could not be opened.
    Outdated {
        has_entry: bool,
    },
}

/// A user's machine, as the protocol sees it.
#[derive(Debug, Clone)]
pub struct Model {
    fault: Fault,
    is_locked: bool,
    stored: BTreeMap<&'static str, Stored>,
    config: Option<Config>,
    variables: Variables,
}

type Found = Result<Option<&'static str>, String>;

impl Model {
    pub fn new(fault: Fault) -> Self {
        let stored = BTreeMap::new();
        Self { fault, is_locked: false, stored, config: None, variables: Variables::default() }
    }

    pub fn variables(&self) -> Variables {
        self.variables
    }

    /// The hosts whose entry must be in the keyring, and their keys.
    pub fn entries(&self) -> BTreeMap<&'static str, &'static str> {
        let key = |(host, stored): (&&'static str, &Stored)| match stored {
            Stored::Key(key) => Some((*host, *key)),
            Stored::Lost | Stored::Outdated { .. } => None,
        };
        self.stored.iter().filter_map(key).collect()
    }

    /// Performs a step. Returns what the program must reply.
    pub fn expect(&mut self, step: &Step) -> Reply {
        match step {
            Step::Get(server) => self.get(*server),
            Step::Store(server, key) => self.store(server.host, key),
            Step::Erase(server) => self.erase(server.host),
            Step::List => self.list(),
            Step::Login(host, key) => Reply { succeeds: self.login(host, key), ..Reply::silent() },
            Step::Logout(host) => {
                self.erase(host);
                Reply::silent()
            }
            Step::Config(config) => {
                self.config.clone_from(config);
                Reply::silent()
            }
            Step::Variable(key) => {
                self.variables.key = *key;
                Reply::silent()
            }
            Step::NameProfile(is_named) => {
                self.variables.names_profile = *is_named;
                Reply::silent()
            }
            Step::Bind(is_bound) => {
                self.variables.is_bound = *is_bound;
                Reply::silent()
            }
            Step::Lock(is_locked) => {
                self.is_locked = *is_locked;
                Reply::silent()
            }
            Step::LoseEntry(host) => {
                self.lose(host);
                Reply::silent()
            }
        }
    }

    fn get(&self, server: Server) -> Reply {
        match self.key_for(server.host) {
            Ok(Some(key)) => {
                let url = server.url();
                let answer =
                    format!(r#"{{"ServerURL":"{url}","Username":"nologin","Secret":"{key}"}}"#);
                Reply { stdout: answer + "\n", ..Reply::silent() }
            }
            Ok(None) => {
                Reply { succeeds: false, stdout: NOT_FOUND.to_owned(), stderr: String::new() }
            }
            Err(error) => {
                let line = line(&error);
                Reply { succeeds: false, stdout: line.clone(), stderr: line }
            }
        }
    }

    fn list(&self) -> Reply {
        let is_outdated = |stored: &Stored| matches!(stored, Stored::Outdated { .. });
        let stored = self.stored.iter().filter(|(_, stored)| !is_outdated(stored));
        let hosts: BTreeSet<&str> =
            KNOWN.into_iter().chain(stored.map(|(host, _)| *host)).collect();
        let mut answered = Vec::new();
        let mut broken = None;
        for host in hosts {
            match self.key_for(host) {
                Ok(Some(_)) => answered.push(format!("\"{host}\":\"nologin\"")),
                Ok(None) => {}
                Err(error) => broken = broken.or(Some(error)),
            }
        }
        match broken {
            Some(error) if answered.is_empty() => failure(&error),
            _ => Reply { stdout: format!("{{{}}}\n", answered.join(",")), ..Reply::silent() },
        }
    }

    /// The order of sources: the profile in the name, the variable, the named profile, the stored
    /// key, the default profile.
    fn key_for(&self, host: &str) -> Found {
        if let Some(key) = self.key_above_stored()? {
            return Ok(Some(key));
        }
        match self.stored.get(host) {
            Some(stored @ (Stored::Key(_) | Stored::Lost)) if !self.opens(*stored) => Err(format!(
                "cannot read the key stored for {host}: {}; unlock the keyring, set SCW_SECRET_KEY, \
                 or remove the stored key with `docker logout {host}`",
                self.fault.words()
            )),
            Some(Stored::Key(key)) => Ok(Some(*key)),
            _ => Ok(self.default_key()),
        }
    }

    fn key_above_stored(&self) -> Found {
        if self.variables.is_bound {
            return self.bound_key().map(Some);
        }
        if let Some(key) = self.variables.key {
            return Ok(Some(key));
        }
        self.named_key()
    }

    fn bound_key(&self) -> Result<&'static str, String> {
        let Some(config) = &self.config else {
            return Err(format!(
                "this helper is bound to the profile \"dev\", but {FILE} does not exist; add it: \
                 `docker-credential-scw save-key profile=dev`"
            ));
        };
        config.dev.or(config.root).ok_or_else(|| {
            format!("profile \"dev\" in {FILE} has no secret_key; add secret_key to that profile")
        })
    }

    fn named_key(&self) -> Found {
        match &self.config {
            _ if !self.variables.names_profile => Ok(None),
            Some(config) => Ok(config.dev.or(config.root)),
            None => Err(format!(
                "SCW_PROFILE is \"dev\", but {FILE} does not exist; unset SCW_PROFILE, or set it to \
                 a profile that exists"
            )),
        }
    }

    fn default_key(&self) -> Option<&'static str> {
        let config = self.config.as_ref()?;
        config.dev.filter(|_| config.is_dev_active).or(config.root)
    }

    fn store(&mut self, host: &'static str, key: &'static str) -> Reply {
        if self.variables.is_bound {
            return match self.bound_key() {
                Ok(bound) if bound == key => Reply::silent(),
                Ok(_) => failure(&format!(
                    "cannot store the key for {host}: this helper is bound to the profile \"dev\" \
                     of config.yaml, which has a different key; change secret_key there instead"
                )),
                Err(error) => failure(&error),
            };
        }
        let named = match self.named_key() {
            Err(error) if self.variables.key.is_none() => return failure(&error),
            named => named.unwrap_or_default(),
        };
        if self.default_key() == Some(key) {
            return self.erase(host);
        }
        if named == Some(key) {
            return Reply::silent();
        }
        if !self.is_locked {
            self.stored.insert(host, Stored::Key(key));
            self.remove_outdated();
            return Reply::silent();
        }
        let cause = self.fault.words();
        match self.stored.get(host) {
            // The keyring may store the key after all.
            None if self.fault == Fault::Silent => {
                self.stored.insert(host, Stored::Outdated { has_entry: false });
            }
            Some(stored @ Stored::Outdated { .. }) if self.opens(*stored) => {
                self.stored.remove(host);
            }
            _ => {}
        }
        if self.variables.key == Some(key) {
            return note(&format!(
                "the key for {host} was not stored: {cause}; variable SCW_SECRET_KEY already has it"
            ));
        }
        failure(&format!(
            "cannot store the key for {host}: {cause}; set SCW_SECRET_KEY, or run \
             `docker-credential-scw save-key`: then no login is needed"
        ))
    }

    fn erase(&mut self, host: &'static str) -> Reply {
        let Some(stored) = self.stored.get(host).copied() else { return Reply::silent() };
        if self.opens(stored) {
            self.stored.remove(host);
            self.remove_outdated();
            return Reply::silent();
        }
        self.stored.insert(host, Stored::Outdated { has_entry: stored.has_entry() });
        note(&format!(
            "the key stored for {host} is no longer used, but is still in the keyring: {}; the next \
             login or logout that can open the keyring removes it",
            self.fault.words()
        ))
    }

    /// The command `login`, for a helper that is registered without a profile.
    fn login(&mut self, host: &'static str, key: &'static str) -> bool {
        let bound = std::mem::take(&mut self.variables.is_bound);
        let can_log_in = match self.key_above_stored() {
            Ok(above) => above.is_none_or(|above| above == key),
            Err(_) => false,
        };
        let succeeds = can_log_in
            && match self.key_for(host) {
                Ok(found) if found == Some(key) => true,
                Ok(_) => self.store(host, key).succeeds,
                Err(_) => false,
            };
        self.variables.is_bound = bound;
        succeeds
    }

    fn lose(&mut self, host: &str) {
        match self.stored.get_mut(host) {
            Some(stored @ Stored::Key(_)) => *stored = Stored::Lost,
            Some(Stored::Outdated { has_entry }) => *has_entry = false,
            _ => {}
        }
    }

    /// Whether the keyring answers about this entry.
    fn opens(&self, stored: Stored) -> bool {
        !self.is_locked || (self.fault == Fault::LockedButListed && !stored.has_entry())
    }

    fn remove_outdated(&mut self) {
        let removed = |stored| matches!(stored, Stored::Outdated { .. }) && self.opens(stored);
        let hosts = self.stored.iter().filter(|(_, stored)| removed(**stored));
        let hosts: Vec<_> = hosts.map(|(host, _)| *host).collect();
        self.stored.retain(|host, _| !hosts.contains(host));
    }
}

impl Stored {
    fn has_entry(self) -> bool {
        matches!(self, Self::Key(_) | Self::Outdated { has_entry: true })
    }
}

fn line(message: &str) -> String {
    format!("docker-credential-scw: {message}\n")
}

fn failure(message: &str) -> Reply {
    Reply { succeeds: false, stdout: line(message), stderr: String::new() }
}

fn note(message: &str) -> Reply {
    Reply { stderr: line(message), ..Reply::silent() }
}
