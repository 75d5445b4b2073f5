//! Random sequences of the protocol's actions against a model, with a keyring in memory.

use std::time::Duration;

use docker_credential_scw::Exit;
use docker_credential_scw::secret_key::SecretKey;
use docker_credential_scw::system::keyring::KeyringError;

use crate::support::World;
use crate::support::protocol_model::{
    Fault, Machine, Model, Reply, Server, Step, Variables, check, compare, random_steps, shrink,
};

const SEQUENCES: u64 = 150;
const STEPS: usize = 30;

/// A [`World`] without clients: `login` and `logout` run in the end-to-end tests.
struct InProcess {
    world: Option<World>,
    fault: Fault,
}

impl InProcess {
    fn new(fault: Fault) -> Self {
        Self { world: Some(World::new()), fault }
    }

    fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }
}

impl Machine for InProcess {
    fn call(&mut self, variables: Variables, action: &str, request: &str) -> Reply {
        let mut world = self.world.take().unwrap();
        let home = world.home.path().as_os_str().to_owned();
        world.forget_variables();
        world = world.set("HOME", home);
        if let Some(key) = variables.key {
            world = world.set("SCW_SECRET_KEY", key);
        }
        if variables.names_profile {
            world = world.set("SCW_PROFILE", "dev");
        }
        let name = "docker-credential-scw";
        world =
            world.started_as(&if variables.is_bound { format!("{name}-dev") } else { name.into() });
        let outcome = world.run(&[action], request);
        let shown = |text: &str| world.shown(text);
        let reply = Reply {
            succeeds: outcome.exit == Exit::Success,
            stdout: shown(&outcome.stdout),
            stderr: shown(&outcome.stderr),
        };
        self.world = Some(world);
        reply
    }

    fn login(&mut self, _: Variables, _: &str, _: &str) -> bool {
        unreachable!("no command is a step")
    }

    fn logout(&mut self, _: Variables, _: &str) -> bool {
        unreachable!("no command is a step")
    }

    fn write_config(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.world = self.world.take().map(|world| world.config(text)),
            None => {
                let _ = std::fs::remove_file(self.world().path(".config/scw/config.yaml"));
            }
        }
    }

    fn lock(&mut self, is_locked: bool) {
        let keyring = &self.world().keyring;
        match self.fault {
            _ if !is_locked => keyring.is_well(),
            Fault::Locked | Fault::LockedButListed => keyring.fails_with(KeyringError::Locked),
            Fault::Silent => keyring.fails_with(KeyringError::Silent(Duration::from_secs(5))),
        }
    }

    fn lose_entry(&mut self, host: &str) {
        self.world().keyring.state().entries.remove(host);
    }
}

fn compare_sequences(fault: Fault) {
    for seed in 0..SEQUENCES {
        let steps = random_steps(seed, STEPS, false, true);
        check(seed, &Model::new(fault), &steps, || InProcess::new(fault));
    }
}

#[test]
fn random_sequences_behave_as_the_model_says_with_a_keyring_that_reports_its_lock() {
    compare_sequences(Fault::Locked);
}

#[test]
fn random_sequences_behave_as_the_model_says_with_a_keyring_that_does_not_answer() {
    compare_sequences(Fault::Silent);
}

/// What is left at the end is what the model says, in the keyring and in the list.
#[test]
fn random_sequences_leave_in_the_keyring_what_the_model_says() {
    for seed in SEQUENCES..SEQUENCES + 50 {
        let mut steps = random_steps(seed, STEPS, false, true);
        // Any login removes what could not be removed earlier.
        let server = Server { host: "rg.pl-waw.scw.cloud", spelling: 0 };
        let key = "77777777-cafe-4bad-8bed-5ec2e7ca4a47";
        steps.extend([Step::Lock(false), Step::Bind(false), Step::NameProfile(false)]);
        steps.push(Step::Store(server, key));
        let mut model = Model::new(Fault::Locked);
        let mut machine = InProcess::new(Fault::Locked);
        assert_eq!(compare(model.clone(), &mut machine, &steps), None, "seed {seed}");
        for step in &steps {
            model.expect(step);
        }
        let expected = model.entries();
        let world = machine.world();
        let state = world.keyring.state();
        let key =
            |(host, key): (&&str, &&str)| ((*host).to_owned(), SecretKey::parse(key).unwrap());
        assert_eq!(state.entries, expected.iter().map(key).collect(), "seed {seed}");
        let listed: serde_json::Value = serde_json::from_str(&world.stored_hosts()).unwrap();
        for host in expected.keys() {
            assert_eq!(listed[host], "stored", "seed {seed}");
        }
        assert!(!world.stored_hosts().contains("left-behind"), "seed {seed}");
    }
}

/// A machine with a mistake: `erase` succeeds and does nothing.
struct WithoutErase(InProcess);

impl Machine for WithoutErase {
    fn call(&mut self, variables: Variables, action: &str, request: &str) -> Reply {
        if action == "erase" { Reply::silent() } else { self.0.call(variables, action, request) }
    }

    fn login(&mut self, variables: Variables, host: &str, key: &str) -> bool {
        self.0.login(variables, host, key)
    }

    fn logout(&mut self, variables: Variables, host: &str) -> bool {
        self.0.logout(variables, host)
    }

    fn write_config(&mut self, text: Option<&str>) {
        self.0.write_config(text);
    }

    fn lock(&mut self, is_locked: bool) {
        self.0.lock(is_locked);
    }

    fn lose_entry(&mut self, host: &str) {
        self.0.lose_entry(host);
    }
}

#[test]
fn a_mistake_is_found_and_reported_with_the_fewest_steps() {
    let model = Model::new(Fault::Locked);
    let new_machine = || WithoutErase(InProcess::new(Fault::Locked));
    let find = |seed| {
        let steps = random_steps(seed, STEPS, false, false);
        compare(model.clone(), &mut new_machine(), &steps)
    };
    let found: Vec<_> = (0..20).filter_map(find).collect();
    assert!(found.len() >= 5, "only {} of 20 sequences find the mistake", found.len());
    for mismatch in found {
        let shortest = shrink(mismatch, &model, new_machine);
        let steps = &shortest.steps;
        assert_eq!(steps.len(), 3, "{}", shortest.report());
        assert!(matches!(steps[0], Step::Store(..)), "{}", shortest.report());
        assert!(matches!(steps[1], Step::Erase(_)), "{}", shortest.report());
        assert!(matches!(steps[2], Step::Get(_) | Step::List), "{}", shortest.report());
    }
}
