//! The format of a secret key: a UUID.

/// A key as a number, independent of how it is written.
pub(crate) type KeyValue = [u8; 16];

/// Returns the value of 32 hexadecimal digits, ignoring dashes.
pub(crate) fn value_of(digits: &[u8]) -> KeyValue {
    let digits = digits.iter().filter(|digit| **digit != b'-');
    let number = digits.fold(0, |number: u128, digit| number << 4 | u128::from(hex_digit(*digit)));
    number.to_be_bytes()
}

/// Returns the value of a hexadecimal digit, in either letter case.
pub(crate) fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20).wrapping_sub(b'a').wrapping_add(10),
    }
}

/// Returns whether the text is a UUID: 8-4-4-4-12 hexadecimal digits, in either letter case.
pub(crate) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
