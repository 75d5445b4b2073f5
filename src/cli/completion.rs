//! Completion scripts for shells, made from the table of commands.
//!
//! Three things are added to what that table says: the regions of today (others still parse),
//! the forms of listings, and the names of the profiles, for which the script asks this program.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory as _, ValueHint};
use clap_complete::Shell;

use crate::cli::Cli;
use crate::cli::arguments::RegionArgument;
use crate::program_name::HELPER;
use crate::registry_host::REGIONS;
use crate::scaleway::config::{DEFAULT_PROFILE, ScalewayConfig};
use crate::system::environment::Environment;

/// The placeholder for the names of profiles in a generated script.
const PROFILES: &str = "SCW_PROFILE_NAMES";

/// How a script asks for the names of profiles.
const ASK: &str = "docker-credential-scw completion --profiles 2>/dev/null";

/// The output formats of a listing, except chosen columns.
const FORMATS: [&str; 4] = ["human", "wide", "json", "yaml"];

/// The script that completes our command line in `shell`.
pub fn script(shell: Shell) -> String {
    let mut command = with_candidates(Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, HELPER, &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Bash => bash(&script).replace(PROFILES, &format!("$({ASK})")),
        Shell::Zsh => {
            let names = format!("{{compadd -- ${{(f)\"$({ASK})\"}}}}");
            script.replace(&format!("({PROFILES})"), &names)
        }
        Shell::Fish => fish(&script, &command),
        Shell::PowerShell => powershell(&script, &command),
        Shell::Elvish => elvish(&script, &command),
        _ => script,
    }
}

/// The names of the profiles in Scaleway's config that need no quoting in a shell; none if
/// the file is missing or broken: an error would interrupt the completion of a word.
///
/// A shell may expand a candidate once more (bash's `compgen -W` does), so a name with anything
/// but letters, digits and `._@+-` in it is left out.
pub fn profile_names(environment: &Environment) -> Vec<String> {
    let Ok(Some(config)) = ScalewayConfig::load(environment) else { return Vec::new() };
    let is_plain = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "._@+-".contains(c))
    };
    let mut names: Vec<_> = config.profile_names().filter(is_plain).map(str::to_owned).collect();
    names.push(DEFAULT_PROFILE.to_owned());
    names.sort();
    names.dedup();
    names
}

/// The same commands with candidates for values, found by the names of options and of what they
/// take, so that a new command has them without being mentioned here.
fn with_candidates(command: Command) -> Command {
    command.mut_args(candidates).mut_subcommands(with_candidates)
}

fn candidates(argument: Arg) -> Arg {
    let takes_values = argument.get_action().takes_values();
    if !takes_values || !argument.get_possible_values().is_empty() {
        return argument;
    }
    let takes = argument.get_value_names().and_then(<[_]>::first).map(ToString::to_string);
    let takes_all = argument.get_value_parser().type_id() == TypeId::of::<RegionArgument>();
    match (argument.get_id().as_str(), takes.as_deref()) {
        ("region", _) => {
            let all = takes_all.then_some("all");
            argument.value_parser(PossibleValuesParser::new(REGIONS.into_iter().chain(all)))
        }
        ("output", _) => argument.value_parser(PossibleValuesParser::new(FORMATS)),
        ("profile", _) => argument.value_parser(PossibleValuesParser::new([PROFILES])),
        (_, Some("DIR")) => argument.value_hint(ValueHint::DirPath),
        (_, Some("FILE")) => argument.value_hint(ValueHint::FilePath),
        _ => argument.value_hint(ValueHint::Other),
    }
}

/// The generator writes the hyphens of a program's name in one way where it notes which command was
/// read, and in another where it looks for that: no command below the program would be found.
///
/// `=` is a separate word to bash: `--region=fr` and `region=fr` end in three.
fn bash(script: &str) -> String {
    let noted = format!("{}__subcmd__", HELPER.replace('-', "__"));
    let expected = format!("{}__subcmd__", HELPER.replace('-', "__subcmd__"));
    let option = "    prev=\"$3\"\n";
    let before_equals = "    [[ $cur != \"=\" ]] || cur=\"\"
    if [[ ${COMP_WORDS[COMP_CWORD]} == \"=\" ]]; then
        prev=\"${COMP_WORDS[COMP_CWORD-1]}\"
        [[ $prev == -* ]] || prev=\"--$prev\"
    elif [[ $prev == \"=\" ]]; then
        prev=\"${COMP_WORDS[COMP_CWORD-2]}\"
        [[ $prev == -* ]] || prev=\"--$prev\"
    fi
";
    script.replace(&expected, &noted).replacen(option, &format!("{option}{before_equals}"), 1)
}

/// The generator for fish asks for nothing where a word without an option stands.
fn fish(script: &str, command: &Command) -> String {
    let script = script.replace(&format!("\"{PROFILES}\\t''\""), &format!("'({ASK})'"));
    let words = command.get_subcommands().filter_map(|command| {
        let values = command.get_positionals().flat_map(Arg::get_possible_values);
        let names: Vec<_> = values.map(|value| value.get_name().to_owned()).collect();
        let line = format!(
            "complete -c {HELPER} -n \"__fish_{}_using_subcommand {}\" -f -a \"{}\"\n",
            HELPER.replace('-', "_"),
            command.get_name(),
            names.join(" ")
        );
        Some(line).filter(|_| !names.is_empty())
    });
    words.fold(script, |script, line| script + &line).replace(PROFILES, &format!("({ASK})"))
}

/// Every option with a list of values, by its name with the dashes.
///
/// The generators for PowerShell and Elvish know options, but no values: these go in front.
fn values(command: &Command, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for argument in command.get_opts() {
        let long = argument.get_long().map(|name| format!("--{name}"));
        let short = argument.get_short().map(|name| format!("-{name}"));
        let values = argument.get_possible_values();
        for name in long.into_iter().chain(short).filter(|_| !values.is_empty()) {
            let names = values.iter().map(|value| value.get_name().to_owned());
            found.entry(name).or_default().extend(names);
        }
    }
    command.get_subcommands().for_each(|command| values(command, found));
}

/// A line for each option with its name and its values, as the shell writes them.
fn lines_of_values(command: &Command, line: impl Fn(&str, &str) -> String) -> String {
    let mut found = BTreeMap::new();
    values(command, &mut found);
    let written = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(" ");
    found.into_iter().map(|(option, names)| line(&option, &written(names))).collect()
}

fn powershell(script: &str, command: &Command) -> String {
    let lines = lines_of_values(command, |option, values| {
        let values = match values {
            PROFILES => "docker-credential-scw completion --profiles 2>$null".to_owned(),
            _ => format!("'{}'", values.replace(' ', "', '")),
        };
        format!("        '{option}' {{ {values} }}\n")
    });
    let values = format!(
        "
    $before = $commandAst.CommandElements |
        Where-Object {{ $_.Extent.EndOffset -lt $cursorPosition }} | Select-Object -Last 1
    $values = @(switch -CaseSensitive (\"$before\") {{
{lines}    }})
    if ($values) {{
        return $values.Where{{ $_ -like \"$wordToComplete*\" }} |
            ForEach-Object {{ [CompletionResult]::new($_, $_, [CompletionResultType]::ParameterValue, $_) }}
    }}
"
    );
    let head = "param($wordToComplete, $commandAst, $cursorPosition)\n";
    script.replace(head, &format!("{head}{values}"))
}

fn elvish(script: &str, command: &Command) -> String {
    let lines = lines_of_values(command, |option, values| {
        let values = match values {
            PROFILES => "try { e:docker-credential-scw completion --profiles 2>/dev/null } \
                         catch e { }"
                .to_owned(),
            _ => format!("put {values}"),
        };
        format!("        &'{option}'= {{ {values} }}\n")
    });
    let values = format!("    var values = [\n{lines}    ]\n    var completions = [\n");
    let ask = "    if (has-key $values $words[-2]) {
        $values[$words[-2]]
    } else {
        $completions[$command]
    }
";
    script
        .replace("    var completions = [\n", &values)
        .replace("    $completions[$command]\n", ask)
}
