#![no_main]

use docker_credential_scw::fuzzed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::api_answer(data));
