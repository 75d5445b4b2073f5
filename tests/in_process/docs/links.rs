//! Every link leads to a file, and to a heading in it.

use std::path::Path;

use super::{page, pages, root};

/// The targets of links and pictures.
fn targets(prose: &str) -> Vec<&str> {
    prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect()
}

#[test]
fn every_link_leads_to_a_file_and_its_heading() {
    let mut found = 0;
    for from in pages() {
        let prose = from.prose();
        for target in targets(&prose) {
            if target.starts_with("https://") || target.starts_with("mailto:") {
                continue;
            }
            found += 1;
            let (path, anchor) = match target.split_once('#') {
                Some((path, anchor)) => (path, Some(anchor)),
                None => (target, None),
            };
            let to = match path {
                "" => from.path.clone(),
                path => below_root(&from.path, path),
            };
            assert!(root().join(&to).exists(), "{}: no file {to}", from.path);
            if let Some(anchor) = anchor {
                let anchors = page(&to).anchors();
                let is_there = anchors.iter().any(|one| one == anchor);
                assert!(is_there, "{}: no heading #{anchor} in {to}: {anchors:?}", from.path);
            }
        }
    }
    assert!(found >= 30, "only {found} links were found");
}

/// The path of a link's target below the repository's root.
fn below_root(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> =
        Path::new(from).parent().unwrap().to_str().unwrap().split('/').collect();
    parts.retain(|part| !part.is_empty());
    for part in target.split('/') {
        match part {
            ".." => assert!(parts.pop().is_some(), "{from}: {target} leaves the repository"),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_page_in_docs_is_linked_from_the_readme() {
    let readme = page("README.md");
    for page in pages().iter().filter(|page| page.path.starts_with("docs/")) {
        assert!(readme.text.contains(&format!("]({})", page.path)), "{}", page.path);
    }
}
