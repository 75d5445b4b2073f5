//! How much memory long lists may use.

use std::sync::atomic::Ordering;

use crate::Scenario;
use crate::image_server::serve_images;
use crate::stage::{self, KEY, Stage, both, run};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "ten_thousand_images_fit_into_64_mb",
        needs: &[stage::RELEASE_BUILD, "/usr/bin/time"],
        play: images_fit,
    },
    Scenario {
        name: "pruning_ten_thousand_tags_fits_into_64_mb",
        needs: &[stage::RELEASE_BUILD, "/usr/bin/time"],
        play: tags_fit,
    },
];

const ITEMS: usize = 10_000;
const KILOBYTES: u64 = 64_000;

/// Runs the program with this API. Returns its standard output and the peak of its memory in kB.
#[track_caller]
fn measured(stage: &Stage, url: &str, arguments: &str) -> (String, u64) {
    let words = ["/usr/bin/time", "-f", "peak %M", "docker-credential-scw"];
    let words: Vec<_> = words.into_iter().chain(arguments.split(' ')).collect();
    let mut command = stage.command(&words, Some(KEY));
    command.env("SCW_API_URL", url);
    let output = run(command, "");
    assert!(output.status.success(), "{}", both(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let kilobytes = stderr.trim().rsplit(' ').next().unwrap().parse().unwrap();
    (String::from_utf8(output.stdout).unwrap(), kilobytes)
}

fn images_fit(stage: &Stage) {
    for output in ["human", "json", "yaml"] {
        let (url, requests) = serve_images(ITEMS);
        let (text, kilobytes) = measured(stage, &url, &format!("image list -o {output}"));
        assert_eq!(text.matches("rg.fr-par.scw.cloud/").count(), ITEMS);
        // A hundred full pages, one more to detect the end, and the namespace.
        assert_eq!(requests.load(Ordering::Relaxed), 102);
        assert!(kilobytes <= KILOBYTES, "{kilobytes} kB");
    }
}

fn tags_fit(stage: &Stage) {
    const IMAGE: &str = "00000000-3ef0-48e6-b30d-c097f75e349f";
    for output in ["human", "json"] {
        let (url, requests) = serve_images(ITEMS);
        let arguments = format!("tag prune {IMAGE} --keep 10 --dry-run -o {output}");
        let (text, kilobytes) = measured(stage, &url, &arguments);
        assert_eq!(text.matches("not among the 10 newest digests").count(), ITEMS - 10);
        // The pages, the image and its namespace.
        assert_eq!(requests.load(Ordering::Relaxed), 103);
        assert!(kilobytes <= KILOBYTES, "{kilobytes} kB");
    }
    let (url, requests) = serve_images(ITEMS);
    let arguments = format!("tag prune {IMAGE} --keep 10 --max 2000 --yes -o json");
    let (text, kilobytes) = measured(stage, &url, &arguments);
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["results"][0]["deleted"].as_array().unwrap().len(), 2000);
    // Each tag is read again, then deleted.
    assert!(requests.load(Ordering::Relaxed) > 103 + 4000);
    assert!(kilobytes <= KILOBYTES, "{kilobytes} kB");
}
