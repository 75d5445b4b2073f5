//! Finds this program's entries in the config files of the invoking user of `sudo`, in a process of
//! that user.
//!
//! `sudo uninstall` for root's config runs as root. Whether the program is still needed also
//! depends on the user's files. Root does not open them, because a link there could lead anywhere.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::docker::config::{
    self, ConfigDocument, NotEditable, docker_config_path, podman_auth_paths,
};
use crate::sudo::invoking_user::{self, ActAsError};
use crate::sudo::root_child::parsed;
use crate::system::environment::Environment;
use crate::system::files::UpdateError;
use crate::system::process::{self, AskingTime};
use crate::system::users::InvokingUser;

/// The argument that makes a process print [`UsersConfig`]s.
pub(crate) const WORD: &str = "__entries";

/// How long the user's process may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// A config file of the user.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct UsersConfig {
    pub(crate) path: PathBuf,
    /// Whether it is Docker's `config.json`. Otherwise it is an `auth.json` of podman's.
    pub(crate) is_dockers: bool,
    found: Result<Option<String>, UpdateError<NotEditable>>,
}

impl UsersConfig {
    /// Reads all config files of `user`, in a process of that user.
    ///
    /// # Errors
    /// Returns [`ActAsError`] if the process cannot be started or does not answer.
    pub(crate) fn all_of(
        user: &InvokingUser,
        environment: &Environment,
    ) -> Result<Vec<Self>, ActAsError> {
        let failed = |error| ActAsError::Start { name: user.name.clone(), error };
        let command = invoking_user::command_as(user, environment, &[WORD.into()])?;
        let answer = process::answer_of(command, b"", DEADLINE, &AskingTime::new())
            .map_err(|error| failed(io::Error::other(error)))?;
        serde_json::from_slice(&answer.stdout).map_err(|error| failed(error.into()))
    }

    /// Returns the entries, as a document with nothing else.
    pub(crate) fn into_entries(self) -> Result<ConfigDocument, UpdateError<NotEditable>> {
        self.found.map(|text| parsed(text.as_deref()))
    }
}

/// Prints the config files of the process's user.
pub(crate) fn print(environment: &Environment, stdout: &mut dyn Write) -> io::Result<()> {
    let dockers = docker_config_path(environment, None).map(|path| (path, true));
    let podmans = podman_auth_paths(environment).into_iter().map(|path| (path, false));
    let found = |(path, is_dockers): (PathBuf, bool)| {
        let found = config::read_config(&path)
            .map(|config| config.only_helper_entries().content().map(str::to_owned));
        UsersConfig { path, is_dockers, found }
    };
    let configs: Vec<_> = dockers.into_iter().chain(podmans).map(found).collect();
    stdout.write_all(&serde_json::to_vec(&configs)?)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::Arc;

    use super::{UsersConfig, print};
    use crate::system::clock::SystemClock;
    use crate::system::environment::{Environment, FixedSurroundings, Terminals};
    use crate::system::keyring::SystemKeyring;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test writes the user's files")]
    fn only_the_helpers_entries_of_dockers_and_podmans_files_are_printed() {
        let home = tempfile::tempdir().unwrap();
        let login = r#""auths":{"rg.fr-par.scw.cloud":{"auth":"bm9sb2dpbjp4"}}"#;
        for (directory, file) in [(".docker", "config.json"), (".config/containers", "auth.json")] {
            let directory = home.path().join(directory);
            fs::create_dir_all(&directory).unwrap();
            let helpers = r#""credHelpers":{"rg.fr-par.scw.cloud":"scw","a.example":"pass"}"#;
            fs::write(directory.join(file), format!("{{{login},{helpers}}}")).unwrap();
        }
        let environment = Environment::fixed(FixedSurroundings {
            program_file: None,
            terminals: Terminals::default(),
            uid: None,
            invoking_user: None,
            variables: BTreeMap::new(),
            home: Some(home.path().to_owned()),
            root_home: None,
            state_dir: None,
            keyring: Box::new(SystemKeyring { has_session: false, can_prompt: false, turns: None }),
            clock: Arc::new(SystemClock),
        });
        let mut printed = Vec::new();
        print(&environment, &mut printed).unwrap();
        let configs: Vec<UsersConfig> = serde_json::from_slice(&printed).unwrap();
        let entries = "{\n\t\"credHelpers\": {\n\t\t\"rg.fr-par.scw.cloud\": \"scw\"\n\t}\n}";
        let found = configs.into_iter().map(|config| {
            let (path, is_dockers) = (config.path.clone(), config.is_dockers);
            (path, is_dockers, config.into_entries().unwrap().content().map(str::to_owned))
        });
        let expected = [(".docker/config.json", true), (".config/containers/auth.json", false)];
        let expected = expected.map(|(path, is_dockers)| {
            (home.path().join(path), is_dockers, Some(entries.to_owned()))
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
