//! Generated names for namespaces.

const QUALITIES: [&str; 24] = [
    "bold", "brave", "bright", "calm", "clever", "eager", "fair", "fast", "fine", "gentle",
    "grand", "happy", "keen", "kind", "lively", "lucky", "merry", "nimble", "proud", "quiet",
    "sharp", "swift", "warm", "wise",
];

const ANIMALS: [&str; 24] = [
    "badger", "bear", "beaver", "crane", "deer", "eagle", "falcon", "finch", "fox", "hare", "hawk",
    "heron", "ibex", "lark", "lynx", "marten", "otter", "owl", "raven", "robin", "seal", "stork",
    "swan", "wolf",
];

/// A name such as `ns-brave-otter-1f3a90`: unique in a region across all of Scaleway's customers,
/// most likely.
pub(super) fn generated() -> String {
    let quality = fastrand::choice(QUALITIES).unwrap_or_default();
    let animal = fastrand::choice(ANIMALS).unwrap_or_default();
    format!("ns-{quality}-{animal}-{:06x}", fastrand::u32(..1 << 24))
}
