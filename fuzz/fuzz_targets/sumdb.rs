//! The checksum database: no panic on any note, answer, key or name of a tile, and what is taken is
//! written as it was read.
#![no_main]

use go_offline::sumdb::{Head, Key, Lookup, Tile, tiles_between, tiles_for};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEY: LazyLock<Key> = LazyLock::new(Key::golang);

fuzz_target!(|data: &[u8]| {
    if let Ok(head) = Head::open(data, &KEY) {
        assert_eq!(head.note().as_bytes(), data);
    }
    if let Ok(lookup) = Lookup::open(data, &KEY) {
        assert_eq!(lookup.with_head(lookup.head()).as_bytes(), data);
    }
    let text = String::from_utf8_lossy(data);
    if let Ok(tile) = Tile::parse(&text) {
        assert_eq!(tile.name(), text);
    }
    if let Ok(key) = Key::parse(&text) {
        assert_eq!(Key::parse(&key.to_string()), Ok(key));
    }
    if let Some((numbers, _)) = data.split_first_chunk::<16>() {
        let (size, id) = numbers.split_at(8);
        let [size, id] = [size, id].map(|it| u64::from_le_bytes(it.try_into().unwrap()));
        for tile in tiles_for(size, [id]).into_iter().chain(tiles_between(id, size)) {
            // Go counts in an int64.
            assert!(size.max(id) >> 63 == 1 || Tile::parse(&tile.name()) == Ok(tile));
        }
    }
});
