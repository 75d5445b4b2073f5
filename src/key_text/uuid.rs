//! The format of a secret key: a UUID.

/// A key as a number, independent of how it is written.
pub(crate) type KeyValue = [u8; 16];

/// What a byte may be part of.
#[derive(Clone, Copy)]
pub(super) struct Class(u8);

impl Class {
    /// A hexadecimal digit, in either letter case.
    pub(super) const HEX: Self = Self(1);
    /// A hexadecimal digit or a dash.
    pub(super) const KEY: Self = Self(2);
    /// A character of either base64 alphabet. Dashes also separate a UUID's groups.
    pub(super) const ENCODING: Self = Self(4);

    /// Returns whether the byte is one of these.
    pub(super) fn has(self, byte: u8) -> bool {
        // All output and all answers of the API are searched: a table takes a third of the time.
        #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
        const TABLE: [u8; 256] = {
            let mut table = [0; 256];
            let mut byte = 0_u8;
            while byte < 128 {
                table[byte as usize] = classes_of(byte);
                byte += 1;
            }
            table
        };
        TABLE.get(usize::from(byte)).copied().unwrap_or_default() & self.0 != 0
    }
}

const fn classes_of(byte: u8) -> u8 {
    let mut classes = 0;
    if byte.is_ascii_hexdigit() {
        classes |= Class::HEX.0;
    }
    if byte.is_ascii_hexdigit() || byte == b'-' {
        classes |= Class::KEY.0;
    }
    if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_') {
        classes |= Class::ENCODING.0;
    }
    classes
}

/// Returns the value of a UUID: 8-4-4-4-12 hexadecimal digits, in either letter case. Returns `None` if the text is
/// not one.
pub(super) fn value_of_uuid(text: &[u8]) -> Option<KeyValue> {
    // Other text with a dash is nearly always rejected by its second one.
    if text.len() != 36 || text.get(13) != Some(&b'-') {
        return None;
    }
    let mut value: u128 = 0;
    let mut rest = text;
    for length in GROUPS {
        let (digits, after) = rest.split_at_checked(length)?;
        let (mut group, mut others) = (0_u64, 0);
        for byte in digits {
            let digit = digit_or_other(*byte);
            group = group << 4 | u64::from(digit);
            others |= digit;
        }
        // Digits have four bits.
        let (separator, after) = after.split_first().unwrap_or((&b'-', &[]));
        if others > 15 || *separator != b'-' {
            return None;
        }
        value = value << (4 * length) | u128::from(group);
        rest = after;
    }
    Some(value.to_be_bytes())
}

/// Returns the value of a hexadecimal digit, or 255.
fn digit_or_other(byte: u8) -> u8 {
    #[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
    const TABLE: [u8; 256] = {
        let mut table = [255; 256];
        let mut byte = 0_u8;
        while byte < 128 {
            if byte.is_ascii_hexdigit() {
                table[byte as usize] = hex_digit(byte);
            }
            byte += 1;
        }
        table
    };
    TABLE.get(usize::from(byte)).copied().unwrap_or(255)
}

/// Returns the value of 32 hexadecimal digits, ignoring dashes.
pub(crate) fn value_of(digits: &[u8]) -> KeyValue {
    let digits = digits.iter().filter(|digit| **digit != b'-');
    let number = digits.fold(0, |number: u128, digit| number << 4 | u128::from(hex_digit(*digit)));
    number.to_be_bytes()
}

/// Returns the value of a hexadecimal digit, in either letter case.
pub(crate) const fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10),
    }
}

/// The lengths of a UUID's groups of digits.
pub(super) const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];

/// Returns whether the text is a UUID: 8-4-4-4-12 hexadecimal digits, in either letter case.
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    value_of_uuid(text).is_some()
}
