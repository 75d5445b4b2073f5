//! Registries for which Docker uses its own login instead of the helper.

use crate::diagnosis::facts::Facts;
use crate::diagnosis::facts::keys::{KeyFault, Keys};
use crate::diagnosis::problems::{Scope, grouped, regions};
use crate::diagnosis::{Fix, Operator};
use crate::docker::logins::DockerLogin;
use crate::explain::Explanation;
use crate::keys::{FoundKey, KeySource};
use crate::registry_host::RegistryHost;

/// Docker uses its own login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DockerLoginProblem {
    pub(crate) hosts: Vec<RegistryHost>,
    /// Where the login is.
    pub(crate) place: String,
    pub(crate) helpers: HelpersKey,
    /// Its key can be kept in the keyring.
    pub(crate) can_keep: bool,
    /// A helper is registered for other registries, or the login is known to work.
    pub(crate) is_harmless: bool,
}

/// The helper's key, compared with that of a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HelpersKey {
    Same,
    Another(KeySource),
    /// The login's key cannot be read.
    NotComparable(KeySource),
    None,
    Broken(Explanation),
}

/// Finds the registries for which Docker uses its own login.
pub(super) fn find(
    facts: &Facts,
    keys: &Keys,
    scope: &Scope,
    accepted: &[RegistryHost],
) -> impl Iterator<Item = DockerLoginProblem> {
    let of_host = |host: &RegistryHost| {
        if facts.helper_for(host).is_some() {
            return None;
        }
        let login = facts.docker_login(host)?;
        let no_key = Ok(None);
        let answer = keys.of(host).map_or(&no_key, |key| &key.key);
        let helpers = HelpersKey::compared(&login, answer);
        let is_harmless =
            !facts.registered.is_empty() || helpers == HelpersKey::Same || accepted.contains(host);
        let can_keep = login.has_key() && facts.keyring.is_ok();
        Some((host.clone(), (login.place(), helpers, can_keep, is_harmless)))
    };
    let found = grouped(scope.hosts.iter().filter_map(of_host));
    found.into_iter().map(|(hosts, (place, helpers, can_keep, is_harmless))| DockerLoginProblem {
        hosts,
        place,
        helpers,
        can_keep,
        is_harmless,
    })
}

impl HelpersKey {
    /// Compares the helper's answer with Docker's login.
    pub(crate) fn compared(
        login: &DockerLogin,
        answer: &Result<Option<FoundKey>, KeyFault>,
    ) -> Self {
        match answer {
            Ok(Some(found)) if login.is_with(&found.key) => Self::Same,
            Ok(Some(found)) if login.has_key() => Self::Another(found.source.clone()),
            Ok(Some(found)) => Self::NotComparable(found.source.clone()),
            Ok(None) => Self::None,
            Err(fault) => Self::Broken(fault.explanation.clone()),
        }
    }
}

impl DockerLoginProblem {
    pub(super) fn cause(&self) -> String {
        let found = format!("Docker uses its own login, {}", self.place);
        match &self.helpers {
            HelpersKey::Same => found,
            HelpersKey::Another(source) => format!(
                "{found}; the helper has another key ({source}), so switching may change the account"
            ),
            HelpersKey::NotComparable(source) => format!(
                "{found}; it cannot be compared with the helper's key ({source}), so switching may \
                 change the account"
            ),
            HelpersKey::None => format!("{found}; the helper has no key"),
            HelpersKey::Broken(explanation) => format!("{found}; {}", explanation.cause),
        }
    }

    pub(super) fn fix(&self, operator: &Operator) -> Fix {
        let regions = regions(&self.hosts);
        let install = |option: &str| operator.install(&[option, "--region", &regions]);
        match &self.helpers {
            HelpersKey::Same => install("--yes").into(),
            HelpersKey::None if self.can_keep => install("--yes").into(),
            // Switching is the user's decision: it may change the account.
            HelpersKey::Another(_) | HelpersKey::NotComparable(_) => install("--force").into(),
            HelpersKey::None => Fix::Run(vec![
                operator.helper(["save-key"]),
                operator.install(&["--force", "--region", &regions]),
            ]),
            HelpersKey::Broken(explanation) => {
                let install = operator.install(&["--region", &regions]);
                let by_hand = explanation.hint.clone();
                Fix::ByHand(by_hand.unwrap_or_else(|| "fix that first".to_owned()), vec![install])
            }
        }
    }
}
