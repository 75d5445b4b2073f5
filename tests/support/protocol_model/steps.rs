//! The steps of a sequence, and random ones.

use fastrand::Rng;

/// Two registries of today, one of a region that is not known, one of the other domain.
pub const HOSTS: [&str; 4] =
    ["rg.fr-par.scw.cloud", "rg.nl-ams.scw.cloud", "rg.de-fra.scw.cloud", "rg.fr-par.scw.eu"];

/// Few keys, so that sources often have the same one.
pub const KEYS: [&str; 3] = [
    "c0ffee00-cafe-4bad-8bed-5ec2e7ca4a41",
    "deadbeef-cafe-4bad-8bed-5ec2e7ca4a42",
    "0bad0bad-cafe-4bad-8bed-5ec2e7ca4a43",
];

/// One thing that a user, or a client, does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Get(Server),
    Store(Server, &'static str),
    Erase(Server),
    List,
    /// The command `login`.
    Login(&'static str, &'static str),
    /// The command `logout`.
    Logout(&'static str),
    /// Replaces `config.yaml`: a key is rotated, or the active profile changes.
    Config(Option<Config>),
    /// Sets `SCW_SECRET_KEY`, or unsets it.
    Variable(Option<&'static str>),
    /// Sets `SCW_PROFILE`, or unsets it.
    NameProfile(bool),
    /// Starts the program under a profile's name from now on, or under its usual name.
    Bind(bool),
    Lock(bool),
    LoseEntry(&'static str),
}

/// A registry in one of the spellings that clients use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    pub host: &'static str,
    pub spelling: usize,
}

impl Server {
    pub fn url(&self) -> String {
        let host = self.host;
        match self.spelling {
            0 => host.to_owned(),
            1 => format!("https://{host}"),
            2 => format!("https://{host}/v1/"),
            _ => format!("{}:443", host.to_uppercase()),
        }
    }
}

/// Scaleway's `config.yaml`: keys in the root and in the profile `dev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub root: Option<&'static str>,
    pub dev: Option<&'static str>,
    pub is_dev_active: bool,
}

impl Config {
    pub fn text(&self) -> String {
        let key = |key: Option<&str>| key.map(|key| format!("secret_key: {key}\n"));
        format!(
            "{}{}profiles:\n  dev:\n    default_region: fr-par\n{}",
            key(self.root).unwrap_or_default(),
            if self.is_dev_active { "active_profile: dev\n" } else { "" },
            key(self.dev).map(|line| format!("    {line}")).unwrap_or_default(),
        )
    }
}

/// Random steps. `login` and `logout` are steps if `commands` is true; the keyring is locked now
/// and then if `locks` is true.
pub fn random_steps(seed: u64, count: usize, commands: bool, locks: bool) -> Vec<Step> {
    let mut rng = Rng::with_seed(seed);
    let (mut steps, mut is_locked) = (Vec::with_capacity(count), false);
    while steps.len() < count {
        match random_step(&mut rng, commands, locks) {
            // A keyring manager cannot open the keyring either.
            Some(Step::LoseEntry(_)) if is_locked => {}
            Some(Step::Lock(next)) => {
                is_locked = next;
                steps.push(Step::Lock(next));
            }
            step => steps.extend(step),
        }
    }
    steps
}

fn random_step(rng: &mut Rng, commands: bool, locks: bool) -> Option<Step> {
    // Most steps concern one host, so that they often depend on an earlier step.
    let host = if rng.u8(..3) > 0 { HOSTS[0] } else { HOSTS[rng.usize(..HOSTS.len())] };
    let server = Server { host, spelling: rng.usize(..4) };
    let key = KEYS[rng.usize(..KEYS.len())];
    let other = KEYS[rng.usize(..KEYS.len())];
    let maybe = |rng: &mut Rng, key| rng.bool().then_some(key);
    Some(match rng.u32(..26) {
        0..=5 => Step::Get(server),
        6..=9 => Step::Store(server, key),
        10..=12 => Step::Erase(server),
        13 | 14 => Step::List,
        15 if commands => Step::Login(host, key),
        16 if commands => Step::Logout(host),
        17 => Step::Config(None),
        18 | 19 => Step::Config(Some(Config {
            root: maybe(rng, key),
            dev: maybe(rng, other),
            is_dev_active: rng.bool(),
        })),
        // These sources hide all that come after them, so they are mostly unset.
        20 => Step::Variable((rng.u8(..4) == 0).then_some(key)),
        21 => Step::NameProfile(rng.u8(..4) == 0),
        22 if rng.bool() => Step::Bind(rng.u8(..4) == 0),
        22 => Step::LoseEntry(host),
        23..=25 if locks => Step::Lock(rng.bool()),
        _ => return None,
    })
}
