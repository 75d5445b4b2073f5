//! Arguments of `prune`.

use crate::registry::refused_as_usage;

#[test]
fn a_rule_is_required_and_an_image_needs_its_namespace() {
    for (line, words) in [
        (
            "tag prune my-ns/app",
            "\
error: the following required arguments were not provided:
  <--keep <N>|--older-than <TIME>>

Usage: docker-credential-scw tag prune [OPTIONS] --keep <N> <IMAGE>...
       docker-credential-scw tag prune [OPTIONS] --older-than <TIME> <IMAGE>...

For more information, try '--help'.
",
        ),
        (
            "tag prune --keep 3",
            "\
error: the following required arguments were not provided:
  <IMAGE>...

Usage: docker-credential-scw tag prune [OPTIONS] --keep <N> <IMAGE>...
       docker-credential-scw tag prune [OPTIONS] --older-than <TIME> <IMAGE>...

For more information, try '--help'.
",
        ),
        (
            "tag prune app --keep 3",
            "\
error: app has no namespace, and other namespaces may hold the same name
hint: write it as my-ns/app, or use the ID
",
        ),
        (
            "tag prune my-ns/app --older-than soon",
            "\
error: invalid value 'soon' for '--older-than <TIME>': an age is a number with m, h, d or w, as \
in 12h, 30d or 8w

For more information, try '--help'.
",
        ),
        (
            "tag prune my-ns/app --keep 1 --match a/b",
            "\
error: invalid value 'a/b' for '--match <GLOB>': no tag can match: use letters, digits, . _ - \
and the wildcards * and ?

For more information, try '--help'.
",
        ),
        (
            "namespace prune",
            "\
error: the following required arguments were not provided:
  --empty

Usage: docker-credential-scw namespace prune --empty

For more information, try '--help'.
",
        ),
    ] {
        let error = refused_as_usage(line);
        assert_eq!(error, words);
    }
}
