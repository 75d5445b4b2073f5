//! What `install` did, or would do, for people and for scripts.

use serde::Serialize;

use super::Request;
use super::plan::Plan;
use super::registrations::OtherEntry;
use crate::commands::CommandError;
use crate::commands::advice::Commands;
use crate::commands::leftovers::{self, Finding};
use crate::commands::own_logins;
use crate::commands::readiness::{self, Readiness};
use crate::commands::refusals::{self, Refusals};
use crate::commands::step::{Action, KeptKey, KeyOrigin, Status, Step};
use crate::docker::config::read_config;
use crate::explain::{Explanation, on_one_line};
use crate::printable::printable_path;
use crate::system::program_file::Found;
use crate::terminal::{Line, Screen, Wrap, unified_diff};

/// The report.
#[derive(Serialize)]
pub(super) struct Report {
    dry_run: bool,
    steps: Vec<Step>,
    program: String,
    /// What was at that path before.
    program_before: Found,
    config: String,
    config_changed: bool,
    /// The credential store that Docker would have chosen by itself, now named in its config.
    creds_store_added: Option<&'static str>,
    /// What would refuse the run that this was a dry run of.
    refusals: Vec<Explanation>,
    /// Registries whose entry for another helper was kept.
    kept: Vec<OtherEntry>,
    /// Registries whose entry for another helper was replaced.
    taken_over: Vec<OtherEntry>,
    /// Registries that Docker keeps its own login for, because the helper has no key for them.
    left_to_login: Vec<String>,
    /// The command that takes over registries from the plain helper.
    #[serde(skip)]
    take_plain: String,
    findings: Vec<Finding>,
    registries: Vec<Readiness>,
    /// What a dry run would change in the config.
    diff: Option<String>,
}

impl Report {
    /// Makes the report of a plan that was carried out, or would be. Asks the installed helper for
    /// each registry, as Docker will.
    ///
    /// # Errors
    /// Returns [`CommandError::Config`] if Docker's config cannot be read any more.
    pub(super) fn of(
        request: &Request<'_>,
        mut plan: Plan,
        refusals: Refusals,
    ) -> Result<Self, CommandError> {
        let options = &request.options.place;
        let path = &request.target.docker_config;
        let defeat = leftovers::not_found_by_docker(
            request.environment,
            &plan.facts.program,
            request.files.own(),
        );
        let mut findings = std::mem::take(&mut plan.findings);
        findings.extend(other_findings(request, &plan));
        findings.extend(defeat.clone().map(Finding::new));
        let mut registries = Vec::new();
        if !options.dry_run {
            registries = readiness::check(
                &request.target,
                &read_config(path)?,
                &request.registries.hosts,
                &plan.facts.program,
                &request.registries.helper,
                defeat.as_deref(),
                &request.time,
            );
            findings.extend(hidden_variable(request, &registries));
        }
        let Plan { facts, before, after, registrations, steps, .. } = plan;
        let config = steps.iter().find(|step| matches!(step.action, Action::ChangeConfig { .. }));
        let is_readable = config.is_some_and(|step| !matches!(step.status, Status::Unknown(_)));
        let config = config.is_some_and(Step::is_effective);
        let commands = Commands {
            environment: request.environment,
            place: options,
            own: request.files.own(),
            removed: &[],
        };
        let profile = options.profile.as_deref();
        Ok(Self {
            dry_run: options.dry_run,
            program: printable_path(&facts.program),
            program_before: facts.program_before,
            config: printable_path(path),
            config_changed: config,
            creds_store_added: registrations.store.filter(|_| is_readable),
            refusals: refusals.into_told(),
            kept: registrations.kept,
            taken_over: registrations.taken_over,
            left_to_login: registrations
                .left_to_login
                .iter()
                .map(|(host, _)| host.to_string())
                .collect(),
            take_plain: commands.command("install --region all", profile, false),
            findings,
            registries,
            diff: (options.dry_run && is_readable).then(|| {
                unified_diff(&printable_path(path), &before.redacted(), &after.redacted())
            }),
            steps,
        })
    }

    /// The same report with the outcome of steps among the findings, where scripts look for it.
    pub(super) fn for_scripts(mut self) -> Self {
        let is_about_login = |step: &&Step| {
            matches!(step.action, Action::KeepKey(_) | Action::RemoveCredentials { .. })
        };
        let steps = self.steps.iter().filter(is_about_login);
        let of_steps = steps.filter_map(|step| match &step.status {
            Status::Done => Some(Finding::done(step.action.past())),
            _ => failure_in_words(step).map(Finding::new),
        });
        let of_steps: Vec<_> = of_steps.collect();
        self.findings.splice(0..0, of_steps);
        self
    }

    /// The report for people.
    pub(super) fn in_words(&self, wrap: Wrap) -> String {
        let mut screen = Screen::new(wrap);
        self.add_steps(&mut screen);
        screen.lines(refusals::as_lines(&self.refusals));
        if let Some(store) = self.creds_store_added {
            screen.line(&Line::plain(format!(
                "credsStore {store} is named there for all other registries: Docker would have chosen \
                 it by itself, and with credHelpers in the file it no longer does"
            )));
        }
        screen.lines(self.other_entries());
        let line = |finding: &Finding| {
            let message = finding.message.clone();
            if finding.mended { Line::fixed(message) } else { Line::warning(message) }
        };
        screen.lines(self.findings.iter().map(line));
        if !self.registries.is_empty() {
            screen.verbatim("\n");
            screen.verbatim(&readiness::as_table(&self.registries, wrap));
            screen.verbatim("\n");
            screen.line(&Line::plain(self.verdict()));
        }
        screen.into_text()
    }

    fn add_steps(&self, screen: &mut Screen) {
        for step in &self.steps {
            let is_config = matches!(step.action, Action::ChangeConfig { .. });
            let diff = self.diff.as_deref().filter(|_| is_config && step.is_effective());
            let end = if diff.is_some() { ":" } else { "" };
            let line = step.line().map(|line| line.with_end(end));
            screen.lines(line.or_else(|| failure_in_words(step).map(Line::warning)));
            screen.verbatim(diff.unwrap_or_default());
        }
    }

    /// Entries for other helpers that were kept or replaced.
    fn other_entries(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for entry in &self.taken_over {
            let (host, helper) = (&entry.host, entry.named());
            lines.push(Line::plain(format!("{host} was wired to {helper} before")));
        }
        let plain: Vec<_> = self.kept.iter().filter(|entry| entry.is_plain()).collect();
        if !plain.is_empty() {
            let hosts: Vec<_> = plain.iter().map(|entry| entry.host.as_str()).collect();
            let (hosts, stay) = (hosts.join(", "), if hosts.len() == 1 { "stays" } else { "stay" });
            let command = &self.take_plain;
            lines.push(Line::plain(format!(
                "{hosts} {stay} with the plain helper; `{command}` takes over all of them"
            )));
        }
        for entry in self.kept.iter().filter(|entry| !entry.is_plain()) {
            let (host, helper) = (&entry.host, entry.named());
            lines.push(if entry.is_bound() {
                Line::plain(format!("{host} stays bound to {helper} (--force takes it over)"))
            } else {
                Line::warning(format!("{host} is left to {helper} (--force takes it over)"))
            });
        }
        lines
    }

    fn verdict(&self) -> &'static str {
        let are_ready = self.registries.iter().all(|one| one.ready);
        let is_one_ready = self.registries.iter().any(|one| one.ready);
        let has_findings = self.findings.iter().any(|finding| !finding.mended)
            || self.steps.iter().any(|step| failure_in_words(step).is_some());
        match (has_findings, are_ready) {
            (true, true) => "Ready, but what is marked ! may still get in the way.",
            (true, false) => "Mend what is marked ! first, then install shows this table again.",
            (false, true) => {
                "Docker, podman, buildah and skopeo now pull from these without a login."
            }
            (false, false) if is_one_ready => {
                "Docker, podman, buildah and skopeo now pull from those that are ready, without a \
                 login."
            }
            (false, false) => "When that is mended, install shows this table again.",
        }
    }
}

/// Why a step failed. The finding about the credentials says it where their key was not stored.
fn failure_in_words(step: &Step) -> Option<String> {
    let is_of_file =
        matches!(step.action, Action::KeepKey(KeptKey { from: KeyOrigin::File { .. }, .. }));
    step.failure().filter(|_| !is_of_file).map(on_one_line)
}

/// What may get in the way of the helper, and which logins were left unchanged.
fn other_findings(request: &Request<'_>, plan: &Plan) -> Vec<Finding> {
    let (facts, registrations) = (&plan.facts, &plan.registrations);
    let mut findings = Vec::new();
    if request.options.place.force {
        findings.extend(facts.hosts.iter().filter_map(|host| {
            let answer = facts.answers.key(host);
            let login = facts.dockers_logins.of_another_account(&plan.before, host, answer)?;
            Some(own_logins::passed_over_in_words(host, &login, answer))
        }));
    }
    findings.extend(registrations.left_to_login.iter().map(|(host, login)| {
        let answer = facts.answers.key(host);
        own_logins::left_in_words(&request.lookup, host, login, answer, request.options.place.yes)
    }));
    let hosts = &request.registries.hosts;
    findings.extend(leftovers::unknown_regions(hosts));
    let by_variable = leftovers::in_docker_auth_config(request.environment, hosts);
    findings.extend(by_variable.map(|servers| {
        Finding::new(format!(
            "DOCKER_AUTH_CONFIG holds a login for {servers}, which Docker uses before the helper: unset it"
        ))
    }));
    findings
}

/// Explains under `sudo` why a key in a variable is not found: `sudo` drops the variable, and the
/// process that acts as the user starts without root's variables as well. A helper that is bound to
/// a profile reads no variable.
fn hidden_variable(request: &Request<'_>, registries: &[Readiness]) -> Option<Finding> {
    let helper = request.registries.helper.to_string();
    let lacks_key = |one: &Readiness| {
        !one.ready && one.key_from.is_none() && one.helper.as_ref() == Some(&helper)
    };
    let is_hidden = request.environment.is_under_sudo()
        && request.options.place.profile.is_none()
        && registries.iter().any(lacks_key);
    is_hidden.then(|| {
        Finding::new(
            "no key was found, and a key in SCW_SECRET_KEY is not visible under sudo: if your shell \
             sets it, pulls use it; to save a key instead, run `docker-credential-scw save-key` \
             without sudo"
                .to_owned(),
        )
    })
}
