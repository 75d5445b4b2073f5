//! Man pages: one for the program and one for each command, including subcommands.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

/// The file name and content of each page.
pub fn pages(mut program: Command, date: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
    program.build();
    // The help starts with the program's name and version.
    let source = program.get_before_help().map(ToString::to_string).unwrap_or_default();
    let mut pages = Vec::new();
    add(&program, None, &Foot { date, source: source.trim() }, &mut pages)?;
    Ok(pages)
}

/// The footer of every page.
struct Foot<'a> {
    date: &'a str,
    source: &'a str,
}

fn add(
    command: &Command,
    above: Option<&str>,
    foot: &Foot<'_>,
    pages: &mut Vec<(String, Vec<u8>)>,
) -> io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    pages.push((format!("{name}.1"), page(command, &name, above, foot)?));
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|command| add(command, Some(&name), foot, pages))
}

fn page(
    command: &Command,
    name: &str,
    above: Option<&str>,
    foot: &Foot<'_>,
) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone()).title(name).date(foot.date).source(foot.source).manual("");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|command| !command.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    let mut roff = Roff::new();
    let after = command.get_after_long_help().or_else(|| command.get_after_help());
    if let Some(text) = after.map(ToString::to_string) {
        help_text(&mut roff, &text);
    }
    roff.control("SH", ["SEE ALSO"]);
    let others = above.map_or(&["docker", "podman"][..], |_| &[]);
    let names: Vec<_> = above.into_iter().chain(others.iter().copied()).collect();
    for (at, other) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        roff.text([bold(*other), roman(format!("(1){comma}"))]);
    }
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// Formats the text after the options in the help: paragraphs, and lists below a line that ends in
/// a colon. Examples become a separate section. Keeps the line ends of indented text.
fn help_text(roff: &mut Roff, text: &str) {
    let mut is_under = "";
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let section = if paragraph.starts_with("Example") { "EXAMPLES" } else { "NOTES" };
        let mut lines = paragraph.lines().peekable();
        if section != is_under {
            roff.control("SH", [section]);
        } else {
            roff.control("PP", []);
        }
        is_under = section;
        // The section's heading already says it.
        lines.next_if(|line| section == "EXAMPLES" && line.trim() == "Examples:");
        let mut is_list = false;
        for line in lines {
            if line.starts_with("  ") != is_list {
                is_list = !is_list;
                roff.control(if is_list { "nf" } else { "fi" }, []);
            }
            roff.text([roman(line)]);
        }
        if is_list {
            roff.control("fi", []);
        }
    }
}
