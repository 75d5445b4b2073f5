//! Broken and healthy set-ups of a machine: how each is prepared, which problems `doctor` finds, and
//! what a person has to do before the printed commands help. Two suites play the same table: in
//! process, where whole screens are compared, and in namespaces, where an ordinary user types the
//! commands and `sudo` is real.

pub mod clients;
pub mod configs;
pub mod healthy;
pub mod keys;
pub mod machine;
pub mod podman;
pub mod program;
pub mod report;
pub mod rights;
pub mod variables;

pub use machine::{KeyringState, Machine};

pub const FR: &str = "rg.fr-par.scw.cloud";
pub const NL: &str = "rg.nl-ams.scw.cloud";

/// The key in the healthy machine's config.yaml.
pub const KEY: &str = "aaaaaaaa-1111-4111-8111-aaaaaaaaaaa1";
/// Another valid key.
pub const OTHER_KEY: &str = "bbbbbbbb-2222-4222-8222-bbbbbbbbbbb2";

/// One set-up. It starts from a healthy machine.
#[derive(Clone, Copy)]
pub struct Setup {
    pub name: &'static str,
    pub prepare: fn(&mut Machine),
    /// The problems that `doctor` finds, as `STATUS ID`, each once and in the order of the screen.
    pub problems: &'static [&'static str],
    /// What only a person can do, before the printed commands are typed.
    pub person: Option<Person>,
    /// Problems that are still there after the fix, and why.
    pub left: Option<(&'static [&'static str], &'static str)>,
}

/// What a person does where no command can, in a sentence and in the test.
#[derive(Clone, Copy)]
pub struct Person {
    pub what: &'static str,
    pub does: fn(&mut Machine),
}

/// A set-up with its problems. The commands that `doctor` prints are the whole fix.
pub const fn broken(
    name: &'static str,
    prepare: fn(&mut Machine),
    problems: &'static [&'static str],
) -> Setup {
    Setup { name, prepare, problems, person: None, left: None }
}

/// A set-up without problems.
pub const fn healthy(name: &'static str, prepare: fn(&mut Machine)) -> Setup {
    broken(name, prepare, &[])
}

impl Setup {
    /// A person does this first.
    pub const fn after(self, what: &'static str, does: fn(&mut Machine)) -> Self {
        Self { person: Some(Person { what, does }), ..self }
    }

    /// These problems are left after the fix.
    pub const fn leaves(self, problems: &'static [&'static str], why: &'static str) -> Self {
        Self { left: Some((problems, why)), ..self }
    }
}

/// All groups by name.
pub const GROUPS: &[(&str, &[Setup])] = &[
    ("program", program::SETUPS),
    ("rights", rights::SETUPS),
    ("configs", configs::SETUPS),
    ("podman", podman::SETUPS),
    ("variables", variables::SETUPS),
    ("keys", keys::SETUPS),
    ("clients", clients::SETUPS),
    ("healthy", healthy::SETUPS),
];
