//! How much memory a long listing may use.

use std::sync::atomic::Ordering;

use crate::Scenario;
use crate::image_server::serve_images;
use crate::stage::{self, KEY, Stage, both, run};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "ten_thousand_images_fit_into_64_mb",
    needs: &[stage::RELEASE_BUILD, "/usr/bin/time"],
    play: fits,
}];

const IMAGES: usize = 10_000;
const KILOBYTES: u64 = 64_000;

fn fits(stage: &Stage) {
    for output in ["human", "json", "yaml"] {
        let (url, requests) = serve_images(IMAGES);
        let words = ["/usr/bin/time", "-f", "peak %M"];
        let program = ["docker-credential-scw", "image", "list", "-o", output];
        let mut command = stage.command(&[&words[..], &program].concat(), Some(KEY));
        command.env("SCW_API_URL", url);
        let output = run(command, "");
        assert!(output.status.success(), "{}", both(&output));
        let names = String::from_utf8_lossy(&output.stdout).matches("rg.fr-par.scw.cloud/").count();
        assert_eq!(names, IMAGES);
        // A hundred full pages, one more to detect the end, and the namespace.
        assert_eq!(requests.load(Ordering::Relaxed), 102);
        let stderr = String::from_utf8(output.stderr).unwrap();
        let kilobytes: u64 = stderr.trim().rsplit(' ').next().unwrap().parse().unwrap();
        assert!(kilobytes <= KILOBYTES, "{kilobytes} kB");
    }
}
