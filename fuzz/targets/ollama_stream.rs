#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| memoryloop_fuzz::ollama_stream(data));
