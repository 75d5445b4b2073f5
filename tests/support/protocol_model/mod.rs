//! A model of the docker-credential protocol: what each action must answer on a machine whose keys
//! come from a variable, profiles and a keyring. Random sequences of steps run on the model and on
//! the program, and every reply must be the same.

mod model;
mod steps;

pub use model::{Fault, Model};
#[allow(unused_imports)]
pub use steps::{Config, HOSTS, Server, Step, random_steps};

/// What the program printed, and whether it succeeded. Paths start with `~`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub succeeds: bool,
    pub stdout: String,
    pub stderr: String,
}

/// What the environment of a call contains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variables {
    /// `SCW_SECRET_KEY`.
    pub key: Option<&'static str>,
    /// Whether `SCW_PROFILE` is `dev`.
    pub names_profile: bool,
    /// Whether the program is started as `docker-credential-scw-dev`.
    pub is_bound: bool,
}

/// A machine with the program under test and nothing stored.
pub trait Machine {
    /// Runs an action of the protocol.
    fn call(&mut self, variables: Variables, action: &str, request: &str) -> Reply;
    /// Runs the command `login` with this key. Returns whether it succeeded.
    fn login(&mut self, variables: Variables, host: &str, key: &str) -> bool;
    /// Runs the command `logout`. Returns whether it succeeded.
    fn logout(&mut self, variables: Variables, host: &str) -> bool;
    /// Writes Scaleway's `config.yaml`, or removes it.
    fn write_config(&mut self, text: Option<&str>);
    /// Locks or unlocks the keyring.
    fn lock(&mut self, is_locked: bool);
    /// Removes the entry of a host from the keyring, as a keyring manager would.
    fn lose_entry(&mut self, host: &str);
}

/// The first step whose reply is not the model's.
#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub steps: Vec<Step>,
    pub expected: Reply,
    pub found: Reply,
}

/// Runs the steps on both. Returns the first mismatch.
pub fn compare(mut model: Model, machine: &mut dyn Machine, steps: &[Step]) -> Option<Mismatch> {
    for (at, step) in steps.iter().enumerate() {
        let expected = model.expect(step);
        let found = perform(machine, model.variables(), step);
        if expected != found {
            return Some(Mismatch { steps: steps[..=at].to_vec(), expected, found });
        }
    }
    None
}

/// Removes every step without which the program still differs from the model.
pub fn shrink<M: Machine>(
    mut mismatch: Mismatch,
    model: &Model,
    mut new_machine: impl FnMut() -> M,
) -> Mismatch {
    let mut at = 0;
    while at < mismatch.steps.len() {
        let mut fewer = mismatch.steps.clone();
        fewer.remove(at);
        match compare(model.clone(), &mut new_machine(), &fewer) {
            Some(still) => {
                mismatch = still;
                at = 0;
            }
            None => at += 1,
        }
    }
    mismatch
}

/// Runs a random sequence, and panics with its seed and the shortest steps if the program differs
/// from the model.
#[track_caller]
pub fn check<M: Machine>(
    seed: u64,
    model: &Model,
    steps: &[Step],
    mut new_machine: impl FnMut() -> M,
) {
    let Some(mismatch) = compare(model.clone(), &mut new_machine(), steps) else { return };
    let shortest = shrink(mismatch, model, new_machine);
    panic!("seed {seed}: {}", shortest.report());
}

impl Mismatch {
    pub fn report(&self) -> String {
        let steps: Vec<_> = self.steps.iter().map(|step| format!("  {step:?}\n")).collect();
        format!(
            "the last of these steps\n{}expected {:?}\nfound    {:?}",
            steps.concat(),
            self.expected,
            self.found
        )
    }
}

fn perform(machine: &mut dyn Machine, variables: Variables, step: &Step) -> Reply {
    let only = |succeeds| Reply { succeeds, ..Reply::silent() };
    match step {
        Step::Get(server) => machine.call(variables, "get", &server.url()),
        Step::Store(server, key) => {
            let url = server.url();
            let request =
                format!(r#"{{"ServerURL":"{url}","Username":"nologin","Secret":"{key}"}}"#);
            machine.call(variables, "store", &request)
        }
        Step::Erase(server) => machine.call(variables, "erase", &server.url()),
        Step::List => machine.call(variables, "list", ""),
        Step::Login(host, key) => only(machine.login(variables, host, key)),
        Step::Logout(host) => only(machine.logout(variables, host)),
        Step::Config(config) => {
            machine.write_config(config.as_ref().map(Config::text).as_deref());
            Reply::silent()
        }
        Step::Lock(is_locked) => {
            machine.lock(*is_locked);
            Reply::silent()
        }
        Step::LoseEntry(host) => {
            machine.lose_entry(host);
            Reply::silent()
        }
        Step::Variable(_) | Step::NameProfile(_) | Step::Bind(_) => Reply::silent(),
    }
}

impl Reply {
    /// A success without output.
    pub fn silent() -> Self {
        Self { succeeds: true, stdout: String::new(), stderr: String::new() }
    }
}
