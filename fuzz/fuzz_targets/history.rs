#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| tallyfold_fuzz_targets::history(input));
