//! What `install` did, or would do, for people and for scripts.

use serde::Serialize;

use super::Request;
use super::findings;
use super::plan::Plan;
use super::registrations::OtherEntry;
use crate::commands::CommandError;
use crate::commands::advice::Commands;
use crate::commands::readiness::{self, Readiness};
use crate::commands::refusals::{self, Refusals};
use crate::commands::step::{Action, KeptKey, KeyOrigin, Status, Step, StepFailure};
use crate::diagnosis::problems::{Kind as _, installed};
use crate::diagnosis::{Check, Status as CheckStatus};
use crate::docker::config::read_config;
use crate::explain::Explanation;
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
    take_plain: Option<String>,
    findings: Vec<Check>,
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
        let is_dry_run = request.wanted.options.mode.is_dry_run();
        let path = &request.target.docker_config;
        let mut findings = std::mem::take(&mut plan.findings);
        findings.extend(findings::of_plan(request, &plan));
        let (registries, more) = check_result(request, &plan)?;
        findings.extend(more);
        let Plan { facts, before, after, registrations, steps, .. } = plan;
        let config = steps.iter().find(|step| matches!(step.action, Action::ChangeConfig { .. }));
        let is_readable = config.is_some_and(|step| !matches!(step.status, Status::Unknown(_)));
        let left_to_login = registrations.left_to_login.iter();
        Ok(Self {
            dry_run: is_dry_run,
            program: printable_path(&facts.program),
            program_before: facts.program_before,
            config: printable_path(path),
            config_changed: config.is_some_and(Step::is_effective),
            creds_store_added: registrations.store.filter(|_| is_readable),
            refusals: refusals.into_reported(),
            take_plain: take_plain(request, &registrations.kept),
            kept: registrations.kept,
            taken_over: registrations.taken_over,
            left_to_login: left_to_login.map(|(host, _)| host.to_string()).collect(),
            findings,
            registries,
            diff: (is_dry_run && is_readable).then(|| {
                unified_diff(&printable_path(path), &before.redacted(), &after.redacted())
            }),
            steps,
        })
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
        for finding in &self.findings {
            finding.add_to(&mut screen);
        }
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
            screen.lines(line);
            if let Some(failure) = reported_failure(step) {
                screen.line(&Line::warning(failure.cause.as_str()));
                if let Some(fix) = &failure.fix {
                    fix.add_to(screen);
                }
            }
            screen.verbatim(diff.unwrap_or_default());
        }
    }

    /// Entries for other helpers that were kept or replaced.
    fn other_entries(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for entry in &self.taken_over {
            let (host, helper) = (&entry.host, entry.named());
            lines.push(Line::plain(format!("{host} had {helper} before")));
        }
        let plain: Vec<_> = self.kept.iter().filter(|entry| entry.is_plain()).collect();
        if let Some(command) = &self.take_plain {
            let hosts: Vec<_> = plain.iter().map(|entry| entry.host.as_str()).collect();
            let (hosts, stay) = (hosts.join(", "), if hosts.len() == 1 { "stays" } else { "stay" });
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
        let has_findings = self.findings.iter().any(|finding| finding.status != CheckStatus::Ok)
            || self.steps.iter().any(|step| reported_failure(step).is_some());
        match (has_findings, are_ready) {
            (true, true) => "Ready, but what is marked ! may still get in the way.",
            (true, false) => "Fix what is marked !, then run install again.",
            (false, true) => {
                "Docker, podman, buildah and skopeo now pull from these without a login."
            }
            (false, false) if is_one_ready => {
                "Docker, podman, buildah and skopeo now pull from those that are ready, without a \
                 login."
            }
            (false, false) => "Fix this, then run install again.",
        }
    }
}

/// Asks the installed helper for each registry, unless this is a dry run, and finds out what gets in
/// its way.
fn check_result(
    request: &Request<'_>,
    plan: &Plan,
) -> Result<(Vec<Readiness>, Vec<Check>), CommandError> {
    let (operator, program) = (&plan.facts.operator, &plan.facts.program);
    let hidden = installed::find(request.environment, program, request.files.own());
    let mut findings: Vec<_> = hidden.iter().map(|problem| problem.check(operator)).collect();
    if request.wanted.options.mode.is_dry_run() {
        return Ok((Vec::new(), findings));
    }
    let registries = readiness::check(
        &request.target,
        &read_config(&request.target.docker_config)?,
        &request.registries.hosts,
        program,
        hidden.is_some(),
        operator,
        &request.time,
    );
    findings.extend(findings::hidden_variable(request, &registries, operator));
    Ok((registries, findings))
}

/// The command that takes over registries from the plain helper, if it keeps some.
fn take_plain(request: &Request<'_>, kept: &[OtherEntry]) -> Option<String> {
    let (target, this_program) = (&request.wanted.target, request.files.own());
    let commands = Commands::new(request.environment, target, this_program, Vec::new());
    let words = ["install", "--region", "all"];
    let command = || commands.command(&words, target.profile.as_deref(), false);
    kept.iter().any(OtherEntry::is_plain).then(command)
}

/// Why a step failed. The finding about the credentials says it where their key was not stored.
fn reported_failure(step: &Step) -> Option<&StepFailure> {
    let is_of_file =
        matches!(step.action, Action::KeepKey(KeptKey { from: KeyOrigin::File { .. }, .. }));
    step.failure().filter(|_| !is_of_file)
}
