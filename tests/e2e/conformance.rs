//! The conformance suite against this program, with a real keyring: `docs/conformance.md` has the
//! result.

use std::path::PathBuf;
use std::time::Duration;

use credential_helper_conformance::{Options, Report, Row, run};

use crate::Scenario;
use crate::keyring::{Keyring, Session};
use crate::stage::{FR, NL, Stage};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md");

/// This program's name on the page.
const NAME: &str = "scw";

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "conformance_is_as_the_page_says",
    needs: &["dbus-daemon", "gnome-keyring-daemon"],
    play: is_as_the_page_says,
}];

fn is_as_the_page_says(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let options = Options {
        helper: PathBuf::from(std::env::var_os("DOCKER_CREDENTIAL_SCW").unwrap()),
        name: NAME.to_owned(),
        servers: [FR, NL, "rg.pl-waw.scw.cloud"].map(str::to_owned).into(),
        user: "nologin".to_owned(),
        set_up: None,
        variables: vec![("DBUS_SESSION_BUS_ADDRESS".into(), session.address().into())],
        deadline: Duration::from_secs(30),
    };
    let page = std::fs::read_to_string(PAGE).unwrap();
    let mut report = run(&options).unwrap();
    for _ in 0..2 {
        if section_of(&page) == section_of(&Report::page(std::slice::from_ref(&report))) {
            break;
        }
        // A keyring on a busy machine may answer twenty calls at once too late.
        report = run(&options).unwrap();
    }
    let printed = Report::page(std::slice::from_ref(&report));
    assert_eq!(section_of(&printed), section_of(&page), "run conformance/measure");
    let shown: Vec<_> = report.rows.iter().map(cells_of).collect();
    assert_eq!(shown, column_of(&page), "run conformance/measure");
}

/// The deviations of this program.
fn section_of(page: &str) -> String {
    let after = page.split(&format!("\n### {NAME}\n")).nth(1).expect("a section");
    after.split("\n### ").next().unwrap_or_default().trim().to_owned()
}

fn cells_of(row: &Row) -> (String, String) {
    (row.case.clone(), row.verdict.word().to_owned())
}

/// Each case and its result in this program's column.
fn column_of(page: &str) -> Vec<(String, String)> {
    let mut lines = page.lines().skip_while(|line| !line.starts_with("| case | required |"));
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim_matches('|').replace("\\<", "<").replace("\\\\", "\\");
        line.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    let heading = cells(lines.next().expect("a table"));
    let at = heading.iter().position(|name| name == NAME).expect("a column");
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    rows.map(cells).map(|row| (row[0].clone(), row[at].clone())).collect()
}
