#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| memoryloop_fuzz::claude_stream(data));
