//! Sizes that can be read.

/// Bytes in SI units, as `scw` and `docker` show them: `849 kB`, `3.8 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    // Rounds to the nearest. The sum only saturates where that changes no result.
    let rounded = |divisor: u64| bytes.saturating_add(divisor / 2) / divisor;
    let (mut unit, mut divisor) = (0, 1);
    // Rounding can reach the next unit: 999,999 bytes are 1.0 MB.
    while rounded(divisor) >= 1000 && unit + 1 < UNITS.len() {
        divisor *= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or_default();
    let tenths = rounded((divisor / 10).max(1));
    if unit > 0 && tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", rounded(divisor))
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_short_and_rounded() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (2927, "2.9 kB"),
            (9949, "9.9 kB"),
            (9950, "10 kB"),
            (848_871, "849 kB"),
            (999_499, "999 kB"),
            (999_999, "1.0 MB"),
            (3_847_002, "3.8 MB"),
            (26_776_297, "27 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }
}
