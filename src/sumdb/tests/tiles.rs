//! Tiles by their names and lengths.

use crate::sumdb::{Tile, TileLengthError, TileNameError};
use proptest::prelude::*;

#[test]
fn names_are_those_of_go() {
    // tlog/tile_test.go, in height 8.
    let cases = [
        ("tile/8/0/001", 0, 1, 256),
        ("tile/8/0/001.p/5", 0, 1, 5),
        ("tile/8/3/x123/x456/078", 3, 123_456_078, 256),
        ("tile/8/2/x123/x456/078.p/2", 2, 123_456_078, 2),
        ("tile/8/1/x003/057.p/255", 1, 3057, 255),
        ("tile/8/7/000.p/127", 7, 0, 127),
    ];
    for (name, level, index, width) in cases {
        let tile = Tile::parse(name).unwrap();
        assert_eq!((tile.level(), tile.index(), tile.width()), (level, index, width));
        assert_eq!(tile.name(), name);
    }
}

#[test]
fn other_texts_are_no_names() {
    let bad = [
        "",
        "tile",
        "tile/",
        "tile/8",
        "tile/8/",
        "tile/8/0",
        "tile/8/0/",
        "/tile/8/0/001",
        "tile/8/0/1",
        "tile/8/0/0001",
        "tile/8/0/x001",
        "tile/8/0/xx01/001",
        "tile/8/0/001/001",
        "tile/8/0/x000/001",
        "tile/8/0/x001/x002",
        "tile/8/0/+01",
        "tile/8/0/-01",
        "tile/8/00/001",
        "tile/8/8/000",
        "tile/8/64/000",
        "tile/8/-1/000",
        "tile/08/0/001",
        "tile/0/0/001",
        "tile/31/0/001",
        "tile/256/0/001",
        "tile/8/0/001.p",
        "tile/8/0/001.p/",
        "tile/8/0/001.p/0",
        "tile/8/0/001.p/05",
        "tile/8/0/001.p/256",
        "tile/8/0/001.p/5.p/5",
        "tile/8/0/001.p/5/",
        "tile/8/0/../001",
        "tile/8/7/001",
        "tile/8/0/x999/x999/x999/x999/x999/x999/999",
        "tile/8/0/00é",
        "Tile/8/0/001",
        "tile\\8\\0\\001",
    ];
    for name in bad {
        let error = Tile::parse(name).unwrap_err();
        assert!(matches!(error, TileNameError::Malformed { .. }), "{name}: {error}");
    }
}

#[test]
fn tiles_of_other_trees_are_told_apart() {
    let message = |name| Tile::parse(name).unwrap_err().to_string();
    assert_eq!(
        message("tile/2/0/001"),
        "\"tile/2/0/001\" names a tile of height 2: the checksum database has tiles of height 8 only"
    );
    assert!(message("tile/8/data/001").contains("a tile of records"));
}

#[test]
fn a_full_tile_is_cut_for_a_partial_one() {
    let full: Vec<u8> = (0..8192_u32).map(|n| n.to_le_bytes()[1]).collect();
    let tile = Tile::parse("tile/8/0/001.p/5").unwrap();
    assert_eq!(tile.cut(&full), Ok(&full[..160]));
    assert_eq!(tile.full().cut(&full), Ok(&full[..]));
    for wrong in [0, 160, 8191] {
        let error = tile.cut(&full[..wrong]).unwrap_err();
        assert_eq!(error, TileLengthError { tile: tile.full(), bytes: wrong });
    }
    assert_eq!(
        tile.check_length(&full[..128]).unwrap_err().to_string(),
        "tile/8/0/001.p/5 has 128 bytes, where its 5 hashes take 160: it was cut short, or is \
         a narrower tile under this name; fetch it anew"
    );
}

proptest! {
    #[test]
    fn a_name_is_read_as_it_was_written(size in 1..=i64::MAX.unsigned_abs(), at in any::<u64>(), level in 0..8_u8) {
        let hashes = size >> (8 * level);
        prop_assume!(hashes > 0);
        let tile = Tile::in_tree(size, level, (at % hashes) >> 8);
        prop_assert_eq!(Tile::parse(&tile.name()), Ok(tile));
        prop_assert_eq!(Tile::parse(&tile.full().name()), Ok(tile.full()));
    }

    #[test]
    fn what_is_read_is_written_the_same(name in "tile/8/[0-9a]{1,2}/(x[0-9]{3}/){0,6}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = Tile::parse(&name) {
            prop_assert_eq!(tile.name(), name);
        }
    }
}
