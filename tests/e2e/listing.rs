//! How much memory and how many instructions long lists may use.

use std::sync::atomic::Ordering;

use crate::Scenario;
use crate::budgets::number_after;
use crate::image_server::serve_images;
use crate::stage::{self, KEY, Stage, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "ten_thousand_images_fit_into_32_mb",
        needs: &[stage::RELEASE_BUILD, "/usr/bin/time", "valgrind"],
        play: images_fit,
    },
    Scenario {
        name: "pruning_ten_thousand_tags_fits_into_64_mb",
        needs: &[stage::RELEASE_BUILD, "/usr/bin/time"],
        play: tags_fit,
    },
];

const ITEMS: usize = 10_000;
const KILOBYTES_OF_IMAGES: u64 = 32_000;
const KILOBYTES_OF_TAGS: u64 = 64_000;

/// Each output, and how many million instructions it may take: 3 % more than measured.
const OUTPUTS: [(&str, u64); 3] = [("human", 402), ("json", 620), ("yaml", 968)];

/// Runs the program in a tool with this API. Returns its standard output, and the number after `words` on
/// standard error.
#[track_caller]
fn measured(
    stage: &Stage,
    tool: &[&str],
    words: &str,
    url: &str,
    arguments: &str,
) -> (String, u64) {
    let program = stage.built.display().to_string();
    let line: Vec<_> =
        tool.iter().copied().chain([&*program]).chain(arguments.split(' ')).collect();
    let mut command = stage.command(&line, Some(KEY));
    command.env("SCW_API_URL", url);
    let output = run(command, "");
    assert!(output.status.success(), "{}", both(&output));
    let number = number_after(&String::from_utf8(output.stderr).unwrap(), words);
    (String::from_utf8(output.stdout).unwrap(), number)
}

/// Returns the standard output, and the peak of the memory in kB.
#[track_caller]
fn kilobytes(stage: &Stage, url: &str, arguments: &str) -> (String, u64) {
    measured(stage, &["/usr/bin/time", "-f", "peak %M"], "peak", url, arguments)
}

fn images_fit(stage: &Stage) {
    for (output, millions) in OUTPUTS {
        let (url, requests) = serve_images(ITEMS);
        let arguments = format!("image list -o {output}");
        let (text, kilobytes) = kilobytes(stage, &url, &arguments);
        assert_eq!(text.matches("rg.fr-par.scw.cloud/").count(), ITEMS);
        // A hundred full pages, one more to detect the end, and the namespace.
        assert_eq!(requests.load(Ordering::Relaxed), 102);
        let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let (_, instructions) = measured(stage, &callgrind, "Collected :", &url, &arguments);
        println!("{output}: {kilobytes} kB, {instructions} instructions");
        assert!(kilobytes <= KILOBYTES_OF_IMAGES, "{output}: {kilobytes} kB");
        assert!(instructions <= millions * 1_000_000, "{output}: {instructions} instructions");
    }
}

fn tags_fit(stage: &Stage) {
    const IMAGE: &str = "00000000-3ef0-48e6-b30d-c097f75e349f";
    for output in ["human", "json"] {
        let (url, requests) = serve_images(ITEMS);
        let arguments = format!("tag prune {IMAGE} --keep 10 --dry-run -o {output}");
        let (text, kilobytes) = kilobytes(stage, &url, &arguments);
        assert_eq!(text.matches("not among the 10 newest digests").count(), ITEMS - 10);
        // The pages, the image and its namespace.
        assert_eq!(requests.load(Ordering::Relaxed), 103);
        assert!(kilobytes <= KILOBYTES_OF_TAGS, "{kilobytes} kB");
    }
    let (url, requests) = serve_images(ITEMS);
    let arguments = format!("tag prune {IMAGE} --keep 10 --max 2000 --yes -o json");
    let (text, kilobytes) = kilobytes(stage, &url, &arguments);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["results"][0]["deleted"].as_array().unwrap().len(), 2000);
    // Each tag is read again, then deleted.
    assert!(requests.load(Ordering::Relaxed) > 103 + 4000);
    assert!(kilobytes <= KILOBYTES_OF_TAGS, "{kilobytes} kB");
}
