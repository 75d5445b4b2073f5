//! The filter of everything that is printed.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{KEY, has_key, machine_with_key};
use crate::system::output_filter::{Filter, FilteredWriter};

/// No encoding of the key gets through the filter. The first byte of `data` selects the encoding, the
/// second where the key is in the text, the third how the text is written. The rest is the text.
pub fn key_filter(data: &[u8]) {
    let [encoding, place, piece, text @ ..] = data else { return };
    // A line end would separate the key from its neighbours, and is tested anyway.
    let text = String::from_utf8_lossy(text).into_owned();
    let mut at = usize::from(*place).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let (before, after) = text.split_at(at);
    let encoded = encoded(encoding & 15);
    let written = format!("{before}{encoded}{after}");
    let environment = machine_with_key();
    let filter = Filter::new(&environment);
    let mut stream = Vec::new();
    let mut writer = FilteredWriter::new(&mut stream, &filter);
    for part in written.as_bytes().chunks(usize::from(*piece) + 1) {
        writer.write_all(part).expect("memory");
    }
    drop(writer);
    let shown = String::from_utf8(stream).expect("filtered text is UTF-8");
    assert!(!shown.contains(&encoded), "{written:?} is shown as {shown:?}");
    assert!(!has_key(&shown), "{written:?} is shown as {shown:?}");
    let foreign = |c: char| c.is_control() && !"\n\t\r\x1b".contains(c);
    assert!(!shown.contains(foreign), "{shown:?}");
}

/// The key in one of 16 encodings, some of them nested.
fn encoded(encoding: u8) -> String {
    let login = format!("nologin:{KEY}");
    let hex = |text: &str| {
        let mut hex = String::new();
        text.bytes().for_each(|byte| write!(hex, "{byte:02x}").unwrap_or_default());
        hex
    };
    let percent = |text: &str| {
        let mut percent = String::new();
        text.bytes().for_each(|byte| write!(percent, "%{byte:02X}").unwrap_or_default());
        percent
    };
    match encoding {
        0 => KEY.to_owned(),
        1 => KEY.to_uppercase(),
        2 => KEY.replace('-', ""),
        3 => KEY.replace('-', "").to_uppercase(),
        4 => STANDARD.encode(KEY),
        5 => STANDARD.encode(&login),
        6 => URL_SAFE_NO_PAD.encode(&login),
        7 => STANDARD.encode(STANDARD.encode(&login)),
        8 => hex(KEY),
        9 => hex(&login).to_uppercase(),
        10 => percent(KEY),
        11 => percent(KEY).replace('%', "%25"),
        12 => KEY.replace('-', "%2d"),
        13 => KEY.bytes().fold(String::new(), |text, byte| format!("{text}\\u{byte:04x}")),
        14 => percent(&STANDARD.encode(&login)),
        _ => STANDARD.encode(percent(KEY)),
    }
}
