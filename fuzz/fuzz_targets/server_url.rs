#![no_main]

use docker_credential_scw::fuzzed;
use docker_credential_scw_fuzz::address_of;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzed::server_url(data, address_of));
