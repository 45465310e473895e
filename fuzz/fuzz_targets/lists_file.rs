//! go-offline.lock.lists: no panic and no mountain of memory, and what is read is read again from
//! what is written of it. The input is taken as a frame, and as the text in one.
#![no_main]

use go_offline::lock::{LEVEL_FAST, Listed, read_lists, write_lists};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read_lists(bytes);
    let frame = zstd::bulk::compress(bytes, 1).expect("memory");
    if let Ok(lists) = read_lists(&frame) {
        let all: Vec<&Listed> = lists.iter().collect();
        let again = read_lists(&write_lists(&all, LEVEL_FAST)).expect("it was just written");
        assert!(again == lists);
    }
});
