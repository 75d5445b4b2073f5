//! `tag prune`.

use std::time::{Duration, SystemTime};

use super::reasons::Reasons;
use super::tag_deletions::delete_all;
use crate::cli::command::{Age, TagPrune, Trigger};
use crate::explain::Explanation;
use crate::printable::{Escaped, printable_path};
use crate::registry::prune::{InUse, Plan, Rules, Tag, plan};
use crate::registry::{Kind, RegistryApi};
use crate::system::files;

use super::super::rows::Row;
use super::super::selection::{Located, api_of, apis, found_rows, located_in};
use super::super::session::{Access, RegistryError};
use super::super::{RegistryCommands, USUAL_TIMEOUT};

/// The longest list of what is in use, in bytes: a hundred thousand references.
const IN_USE_LIMIT: usize = 16 * 1024 * 1024;

/// An image, and the plan for it.
pub(super) struct Image<'a> {
    pub(super) api: &'a RegistryApi<'a>,
    pub(super) row: Row,
    pub(super) plan: Plan,
}

impl RegistryCommands<'_, '_> {
    pub(in super::super) fn prune_tags(&mut self, wanted: &TagPrune) -> Result<(), RegistryError> {
        let in_use = self.in_use(wanted)?;
        let options = &wanted.options;
        let session = self.open(&options.account, USUAL_TIMEOUT)?;
        let (access, region) = (Access::Write(Kind::Image), options.region.as_deref());
        let located = located_in(&session, &wanted.references, region, access)?;
        let apis = apis(&session, &located)?;
        let mut images = self.plans(&apis, &located, &self.rules(wanted), &in_use)?;
        for note in apis.iter().flat_map(RegistryApi::taken_notes) {
            self.console.report(&note);
        }
        self.refuse_empty(&mut images, wanted);
        let reasons = Reasons { rule: &wanted.rule };
        let sections = images.iter().map(|image| reasons.section(image)).collect();
        self.carry_out(Kind::Tag, sections, options, |commands, sections, log| {
            delete_all(&images, sections, log, commands.console);
        })
    }

    /// Makes the plan for each image. Reports images that cannot be read.
    fn plans<'s>(
        &mut self,
        apis: &'s [RegistryApi<'s>],
        located: &[Located],
        rules: &Rules,
        in_use: &InUse,
    ) -> Result<Vec<Image<'s>>, RegistryError> {
        let mut images: Vec<Image<'s>> = Vec::new();
        for ((_, region), rows) in located.iter().zip(found_rows(apis, Kind::Image, located)) {
            let api = api_of(apis, region)?;
            let rows = rows.unwrap_or_else(|error| {
                self.fail_with(&error);
                Vec::new()
            });
            for row in rows {
                // Two references may name the same image.
                if images.iter().any(|image| image.row.item.id() == row.item.id()) {
                    continue;
                }
                match api.tags(row.item.id(), &[]) {
                    Ok(tags) => {
                        let in_use = in_use.of_image(region, &path(&row));
                        let rules = Rules { in_use, ..rules.clone() };
                        let plan = plan(tags.iter().map(Tag::of).collect(), &rules);
                        images.push(Image { api, row, plan });
                    }
                    Err(error) => self.fail(&error),
                }
            }
        }
        Ok(images)
    }

    /// What `--protect-from` lists.
    fn in_use(&mut self, wanted: &TagPrune) -> Result<InUse, RegistryError> {
        let Some(file) = &wanted.protect_from else { return Ok(InUse::default()) };
        let is_stdin = file.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { printable_path(file) };
        let refused = |cause: String| RegistryError::InUse(name.clone(), cause);
        let read = if is_stdin {
            self.console.read_secret(IN_USE_LIMIT + 1).map(Some)
        } else {
            files::read(file, IN_USE_LIMIT)
        };
        let bytes = read.map_err(|error| refused(error.to_string()))?;
        let bytes = bytes.ok_or_else(|| refused("there is no such file".to_owned()))?;
        if bytes.len() > IN_USE_LIMIT {
            return Err(refused(format!("it has more than {IN_USE_LIMIT} bytes")));
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| refused("it is not text".to_owned()))?;
        let in_use = InUse::parse(text).map_err(|error| refused(error.to_string()))?;
        // The command that should have listed it has failed, most likely.
        if in_use.is_empty() {
            return Err(refused("it lists nothing that is in use".to_owned()));
        }
        Ok(in_use)
    }

    fn rules(&self, wanted: &TagPrune) -> Rules {
        let now = self.environment.clock().now();
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = |time: Duration| i128::try_from(time.as_nanos());
        let before = |age: &Age| {
            nanoseconds(now).unwrap_or(0) - nanoseconds(age.duration).unwrap_or(i128::MAX)
        };
        Rules {
            keep: wanted.rule.keep(),
            before: wanted.rule.older_than().map(before),
            matching: wanted.matching.clone(),
            except: wanted.except.clone(),
            aliases: wanted.aliases,
            max: wanted.max,
            ..Rules::default()
        }
    }

    /// Takes out the images that would be left without tags.
    fn refuse_empty(&mut self, images: &mut Vec<Image<'_>>, wanted: &TagPrune) {
        images.retain(|image| {
            let is_refused = image.plan.leaves_no_tag
                && image.plan.deletions().next().is_some()
                && !wanted.allow_empty;
            if is_refused {
                let cause =
                    format!("this would leave {} without tags", Escaped(image.row.called()));
                let hint = "keep some with --keep, or allow it with --allow-empty";
                self.fail(&Explanation::of_cause(cause).with_hint(hint));
            }
            !is_refused
        });
        if wanted.options.trigger == Trigger::Nothing {
            // A plan that is refused is an answer as well.
            self.has_failed = false;
        }
    }
}

/// Namespace and name of an image.
fn path(row: &Row) -> String {
    let full = row.full_name.as_deref().and_then(|name| name.split_once('/'));
    full.map_or_else(|| row.item.name().to_owned(), |(_, path)| path.to_owned())
}
