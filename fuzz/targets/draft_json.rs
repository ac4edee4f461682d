#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| memoryloop_fuzz::draft_json(data));
