//! Plans against a model: random tags and rules, and what must hold for each.

use std::collections::HashSet;

use super::{Decision, DeleteReason, Glob, InUse, KeepReason, Plan, Rules, Tag, plan};

const DAY: i128 = 86_400_000_000_000;

fn digest(number: usize) -> String {
    format!("sha256:{number:064x}")
}

/// A tag that was updated on this day of the year.
fn tag(name: &str, number: usize, day: i128) -> Tag {
    let time = jiff::Timestamp::from_nanosecond(day * DAY).unwrap();
    Tag {
        id: format!("id-{name}"),
        name: name.to_owned(),
        digest: digest(number),
        status: "ready".to_owned(),
        updated_at: time.to_string(),
    }
}

fn signature(number: usize, kind: &str) -> String {
    format!("{}.{kind}", digest(number).replace(':', "-"))
}

fn globs(texts: &[&str]) -> Vec<Glob> {
    texts.iter().map(|text| Glob::parse(text).unwrap()).collect()
}

fn decision(plan: &Plan, name: &str) -> Decision {
    plan.tags.iter().find(|one| one.tag.name == name).unwrap().decision.clone()
}

fn deleted(plan: &Plan) -> Vec<&str> {
    plan.deletions().map(|one| one.tag.name.as_str()).collect()
}

#[test]
fn keep_counts_distinct_digests_newest_first() {
    let tags =
        vec![tag("a", 1, 1), tag("b", 2, 2), tag("c", 3, 3), tag("c2", 3, 4), tag("latest", 4, 9)];
    let rules = Rules { keep: Some(2), ..Rules::default() };
    let plan = plan(tags, &rules);
    assert_eq!(deleted(&plan), ["a"]);
    assert_eq!(decision(&plan, "c"), Decision::Keep(KeepReason::Newest));
    assert_eq!(decision(&plan, "latest"), Decision::Keep(KeepReason::Latest));
}

#[test]
fn keep_counts_the_digests_of_selected_tags() {
    let tags = || vec![tag("v1", 1, 1), tag("v2", 2, 2), tag("x", 3, 3), tag("v3", 4, 4)];
    let rules = Rules {
        keep: Some(1),
        matching: globs(&["v*"]),
        except: globs(&["v3"]),
        ..Rules::default()
    };
    // `x` does not match, and `v3` is excluded: `v2` is the newest of the others.
    assert_eq!(deleted(&plan(tags(), &rules)), ["v1"]);
}

#[test]
fn a_tag_that_is_not_ready_is_kept() {
    for status in ["deleting", "error", "locked", "unknown"] {
        let mut one = tag("a", 1, 1);
        status.clone_into(&mut one.status);
        let plan = plan(vec![one, tag("b", 2, 2)], &Rules { keep: Some(1), ..Rules::default() });
        assert_eq!(deleted(&plan), Vec::<&str>::new(), "{status}");
    }
}

#[test]
fn with_both_rules_a_tag_goes_only_if_both_say_so() {
    let tags = || vec![tag("a", 1, 1), tag("b", 2, 2), tag("c", 3, 3)];
    let both = Rules { keep: Some(1), before: Some(2 * DAY), ..Rules::default() };
    let made = plan(tags(), &both);
    assert_eq!(deleted(&made), ["a"]);
    assert_eq!(decision(&made, "b"), Decision::Keep(KeepReason::Recent));
    assert_eq!(decision(&made, "c"), Decision::Keep(KeepReason::Newest));
    let neither = plan(tags(), &Rules::default());
    assert_eq!(deleted(&neither), Vec::<&str>::new());
}

#[test]
fn a_digest_of_which_a_tag_is_kept_keeps_all_its_tags_unless_aliases_go_as_well() {
    let tags = || vec![tag("1.4", 1, 1), tag("1.4.2", 1, 1), tag("2", 2, 9)];
    let rules = Rules { keep: Some(1), except: globs(&["1.4.2"]), ..Rules::default() };
    let made = plan(tags(), &rules);
    let same = KeepReason::SameDigest("1.4.2".to_owned());
    assert_eq!(decision(&made, "1.4"), Decision::Keep(same));
    let made = plan(tags(), &Rules { aliases: true, ..rules });
    let alias = DeleteReason::Alias("1.4.2".to_owned());
    assert_eq!(decision(&made, "1.4"), Decision::Delete(alias));
    assert_eq!(deleted(&made), ["1.4"]);
}

#[test]
fn signatures_follow_their_subject_and_do_not_count() {
    let tags = vec![
        tag("old", 1, 1),
        tag("new", 2, 5),
        tag(&signature(1, "sig"), 11, 8),
        tag(&signature(11, "att"), 12, 8),
        tag(&signature(2, "sbom"), 13, 1),
        tag(&signature(7, "sig"), 14, 1),
    ];
    let plan = plan(tags, &Rules { keep: Some(1), ..Rules::default() });
    let rounds: Vec<_> = plan.deletions().map(|one| (one.tag.digest.clone(), one.round)).collect();
    assert_eq!(rounds, [(digest(1), 0), (digest(11), 1), (digest(12), 2)]);
    let kept = Decision::Keep(KeepReason::AttachedTo("new".to_owned()));
    assert_eq!(decision(&plan, &signature(2, "sbom")), kept);
    let orphan = Decision::Keep(KeepReason::NoSubject);
    assert_eq!(decision(&plan, &signature(7, "sig")), orphan);
}

#[test]
fn only_names_that_cosign_gives_belong_to_another_digest() {
    let subject = |name: &str| tag(name, 1, 1).subject();
    let name = digest(1).replace(':', "-");
    for kind in ["sig", "att", "sbom"] {
        assert_eq!(subject(&format!("{name}.{kind}")), Some(digest(1)), "{kind}");
    }
    let (_, shorter) = name.split_at(1);
    let other = name.replace('0', "g");
    for name in [
        name.clone(),
        format!("{name}.txt"),
        format!("{name}0.sig"),
        format!("{other}.sig"),
        format!("{shorter}.sig"),
        format!("v{name}.sig"),
        "sha256-.sig".to_owned(),
        "sha256-0123.sig".to_owned(),
    ] {
        assert_eq!(subject(&name), None, "{name}");
    }
}

#[test]
fn max_keeps_the_newer_digests_and_never_splits_one() {
    let tags = || {
        vec![
            tag("a", 1, 1),
            tag("a2", 1, 1),
            tag(&signature(1, "sig"), 11, 1),
            tag("b", 2, 2),
            tag("c", 3, 3),
            tag("z", 9, 9),
        ]
    };
    let rules = |max| Rules { keep: Some(1), max: Some(max), ..Rules::default() };
    assert_eq!(deleted(&plan(tags(), &rules(9))).len(), 5);
    assert_eq!(deleted(&plan(tags(), &rules(3))), ["a", "a2", signature(1, "sig").as_str()]);
    assert_eq!(deleted(&plan(tags(), &rules(2))), ["b", "c"]);
    let made = plan(tags(), &rules(4));
    assert_eq!(decision(&made, "c"), Decision::Keep(KeepReason::OverMax));
    assert_eq!(deleted(&plan(tags(), &rules(0))), Vec::<&str>::new());
}

#[test]
fn a_plan_that_leaves_no_tag_says_so() {
    let all = Rules { before: Some(9 * DAY), ..Rules::default() };
    assert!(plan(vec![tag("a", 1, 1)], &all).leaves_no_tag);
    assert!(plan(vec![tag("a", 1, 1), tag(&signature(5, "sig"), 2, 1)], &all).leaves_no_tag);
    assert!(!plan(vec![tag("a", 1, 1), tag("b", 2, 10)], &all).leaves_no_tag);
}

/// Random tags: few names, digests and days, so that all of them meet.
fn random_tags(random: &mut fastrand::Rng) -> Vec<Tag> {
    let mut names = HashSet::new();
    let mut tags = Vec::new();
    for _ in 0..random.usize(0..14) {
        let name = match random.usize(0..10) {
            0 => "latest".to_owned(),
            1 | 2 => signature(random.usize(0..6), ["sig", "att", "sbom"][random.usize(0..3)]),
            _ => format!("{}{}", ["v", "rc", "x"][random.usize(0..3)], random.usize(0..9)),
        };
        if !names.insert(name.clone()) {
            continue;
        }
        let mut tag = tag(&name, random.usize(0..6), random.i128(0..10));
        match random.usize(0..20) {
            0 => "deleting".clone_into(&mut tag.status),
            1 => "locked".clone_into(&mut tag.status),
            2 => tag.updated_at.clear(),
            _ => {}
        }
        tags.push(tag);
    }
    tags
}

fn random_rules(random: &mut fastrand::Rng) -> Rules {
    let some = |random: &mut fastrand::Rng, texts: &[&str]| {
        let taken: Vec<_> = texts.iter().filter(|_| random.usize(0..4) == 0).copied().collect();
        globs(&taken)
    };
    let in_use = if random.bool() { format!("x1 v2 {}", digest(3)) } else { String::new() };
    Rules {
        keep: random.bool().then(|| random.usize(0..4)),
        before: random.bool().then(|| random.i128(0..10) * DAY),
        matching: some(random, &["v*", "rc*", "latest", "*"]),
        except: some(random, &["v1", "*5", "*.sig"]),
        in_use: InUse::parse(&in_use).unwrap().of_image("fr-par", "ns/app"),
        aliases: random.usize(0..4) == 0,
        max: None,
    }
}

/// Whether the rules let a tag that is no signature go, read from the rules one by one.
fn may_go(tag: &Tag, all: &[Tag], rules: &Rules) -> bool {
    let is_match = |globs: &[Glob], tag: &Tag| globs.iter().any(|glob| glob.matches(&tag.name));
    let is_selected = |tag: &Tag| {
        let named = globs(&["latest"])[0].clone();
        !is_match(&rules.except, tag)
            && (rules.matching.is_empty() || is_match(&rules.matching, tag))
            && (tag.name != "latest" || rules.matching.contains(&named))
    };
    let counts = |tag: &&Tag| tag.is_ready() && tag.subject().is_none() && is_selected(tag);
    let time = |digest: &str| {
        let times = all.iter().filter(counts).filter(|one| one.digest == digest);
        times.map(|one| one.updated().unwrap_or(i128::MAX)).max()
    };
    let newer: HashSet<_> = all
        .iter()
        .filter(counts)
        .filter(|one| {
            let (mine, other) = (time(&tag.digest), time(&one.digest));
            other > mine || (other == mine && one.digest < tag.digest)
        })
        .map(|one| &one.digest)
        .collect();
    tag.is_ready()
        && is_selected(tag)
        && !rules.in_use.has_tag(&tag.name)
        && !rules.in_use.has_digest(&tag.digest)
        && tag.updated().is_some_and(|at| rules.before.is_none_or(|before| at < before))
        && rules.keep.is_none_or(|keep| newer.len() >= keep)
        && (rules.keep.is_some() || rules.before.is_some())
}

#[test]
fn whatever_the_tags_and_rules_no_kept_digest_loses_a_tag_and_a_second_run_deletes_nothing() {
    let mut random = fastrand::Rng::with_seed(14);
    let mut deletions = 0;
    for _ in 0..3_000 {
        let (tags, rules) = (random_tags(&mut random), random_rules(&mut random));
        let plan = plan(tags.clone(), &rules);
        assert_eq!(plan.tags.len(), tags.len());
        let goes: HashSet<_> = plan.deletions().map(|one| one.tag.name.clone()).collect();
        deletions += goes.len();
        let stays = |one: &&Tag| !goes.contains(&one.name) && !one.is_deleting();
        let kept: HashSet<_> = tags.iter().filter(stays).map(|one| one.digest.clone()).collect();
        for one in &plan.tags {
            let case = || format!("{:?}\n{tags:#?}\n{rules:#?}", one.tag.name);
            let is_alias = matches!(one.decision, Decision::Delete(DeleteReason::Alias(_)));
            if goes.contains(&one.tag.name) {
                assert_eq!(kept.contains(&one.tag.digest), is_alias, "{}", case());
                assert!(rules.aliases || !is_alias, "{}", case());
                match one.tag.subject() {
                    Some(subject) => assert!(!kept.contains(&subject), "{}", case()),
                    None => assert!(may_go(&one.tag, &tags, &rules), "{}", case()),
                }
            } else if one.tag.subject().is_none() && may_go(&one.tag, &tags, &rules) {
                let others = tags.iter().filter(|other| other.digest == one.tag.digest);
                let mut others = others.filter(|other| !other.is_deleting());
                let keeps =
                    |other: &Tag| other.subject().is_some() || !may_go(other, &tags, &rules);
                assert!(!rules.aliases && others.any(keeps), "{}", case());
            }
        }
        let rest: Vec<_> = tags.iter().filter(|one| !goes.contains(&one.name)).cloned().collect();
        let again = super::plan(rest, &rules);
        assert_eq!(deleted(&again), Vec::<&str>::new(), "{tags:#?}\n{rules:#?}");
    }
    assert!(deletions > 1000, "{deletions}");
}

#[test]
fn with_a_limit_no_kept_digest_loses_a_tag_either_and_runs_come_to_an_end() {
    let mut random = fastrand::Rng::with_seed(15);
    for _ in 0..1_000 {
        let (mut tags, mut rules) = (random_tags(&mut random), random_rules(&mut random));
        let whole = deleted(&plan(tags.clone(), &rules)).len();
        rules.aliases = false;
        let max = random.usize(1..5);
        rules.max = Some(max);
        for _ in 0..=whole {
            let plan = plan(tags.clone(), &rules);
            let goes: HashSet<_> = plan.deletions().map(|one| one.tag.name.clone()).collect();
            assert!(goes.len() <= max);
            let digests: HashSet<_> = plan.deletions().map(|one| one.tag.digest.clone()).collect();
            tags.retain(|one| !goes.contains(&one.name));
            let is_split = |one: &Tag| digests.contains(&one.digest) && !one.is_deleting();
            assert!(!tags.iter().any(is_split), "{tags:#?}\n{rules:#?}");
        }
    }
}
